using System.CommandLine;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using System.Text.Json;
using Federated.Engine.Models;
using Federated.Methods.Data;
using Federated.Methods.Devices;
using Federated.Methods.Experiments;

namespace Federated.Coordinator.CommandLine;

/// <summary><c>federated list</c>: the names an experiment file may use.</summary>
internal sealed class ListCommand : ExampledCommand
{
    private static readonly (string Name, string Heading, Func<IReadOnlyList<string[]>> Rows)[] Kinds =
    [
        ("methods", "Methods (method: name:)", Methods),
        ("models", "Models (model: name:), with trainable values for 32×32 colour images of 10 classes", Models),
        ("data", "Data sets (data: set:)", DataSets),
        ("partitions", "Partitions (clients: partition: kind:), with their options", Partitions),
        ("devices", "Device profiles (clients: devices: profile:)", Devices),
    ];

    private readonly Argument<string?> kind = new("KIND")
    {
        Description = "Only these names.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    /// <summary>Builds the command.</summary>
    public ListCommand()
        : base("list", "Lists the methods, models, data sets, partitions and device profiles.", "federated list", "federated list models")
    {
        this.kind.AcceptNames("kind of names", [.. Kinds.Select(kind => kind.Name)]);
        Arguments.Add(this.kind);
        SetAction(Invoke);
    }

    private int Invoke(ParseResult arguments)
    {
        TextWriter output = arguments.InvocationConfiguration.Output;
        string? only = arguments.GetValue(this.kind);
        foreach ((string name, string heading, Func<IReadOnlyList<string[]>> rows) in Kinds)
        {
            if (only is not null && only != name)
                continue;
            output.WriteLine(heading);
            Columns.Write(output, "  ", rows());
            if (only is null && name != Kinds[^1].Name)
                output.WriteLine();
        }

        return ExitCode.Success;
    }

    private static List<string[]> Methods() => [.. MethodCatalog.All.Select(method => new[] { method.Name, method.Summary })];

    private static List<string[]> Models() => [.. ModelCatalog.Names.Select(name => new[]
    {
        name,
        ModelCatalog.Create(name, new ModelInput(Channels: 3, Height: 32, Width: 32, Classes: 10)).Parameters.Count.ToString("N0", CultureInfo.InvariantCulture).PadLeft(11),
    })];

    private static List<string[]> DataSets() => [.. DataSetCatalog.All.Select(set => new[] { set.Name, set.Title })];

    private static List<string[]> Devices() =>
    [
        ["", "memory MB", "GFLOP/s", "up kB/s", "down kB/s", "latency s"],
        .. DeviceCatalog.All.Select(device => new[]
        {
            device.Name,
            Number(device.MemoryBytes / 1e6),
            Number(device.FlopsPerSecond / 1e9),
            Number(device.UplinkBytesPerSecond / 1e3),
            Number(device.DownlinkBytesPerSecond / 1e3),
            Number(device.LatencySeconds),
        }),
    ];

    private static List<string[]> Partitions()
    {
        PropertyInfo kind = typeof(PartitionSpec).GetProperty(nameof(PartitionSpec.Kind))!;
        return
        [
            .. kind.GetCustomAttribute<AllowedValuesAttribute>()!.Values.Cast<string>().Select(name => new[]
            {
                name,
                string.Join(", ", typeof(PartitionSpec).GetProperties()
                    .Where(option => option.GetCustomAttribute<UsedWhenAttribute>()?.Values.Contains(name) == true)
                    .Select(option => JsonNamingPolicy.CamelCase.ConvertName(option.Name))),
            }),
        ];
    }

    private static string Number(double value) => value.ToString("#,0.###", CultureInfo.InvariantCulture).PadLeft(9);
}
