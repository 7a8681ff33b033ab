using System.CommandLine;
using System.Globalization;
using Federated.Methods.Data;

namespace Federated.Coordinator.CommandLine;

/// <summary><c>federated data</c>: which data sets are on this machine, and fetching one.</summary>
internal sealed class DataCommand : ExampledCommand
{
    private readonly TimeProvider time;
    private readonly Argument<string> name = new("NAME") { Description = "Name of a data set." };

    /// <summary>Builds the command.</summary>
    public DataCommand(TimeProvider time)
        : base("data", "Shows which data sets this machine has, and fetches them.", "federated data list", "federated data get fashion-mnist")
    {
        this.time = time;
        this.name.AcceptNames("data set", [.. DataSetCatalog.All.Select(set => set.Name)]);
        ExampledCommand list = new SubCommand("list", "Lists the data sets and where this machine has them.", "federated data list");
        list.SetAction((arguments, cancel) => ListAsync(arguments.InvocationConfiguration.Output, cancel));
        ExampledCommand get = new SubCommand("get", "Finds a data set and checks it; where it is not on this machine, fetches it.", "federated data get fashion-mnist");
        get.Arguments.Add(this.name);
        get.SetAction((arguments, cancel) => GetAsync(arguments.GetRequiredValue(this.name), arguments.InvocationConfiguration, cancel));
        Subcommands.Add(list);
        Subcommands.Add(get);
    }

    private async Task<int> ListAsync(TextWriter output, CancellationToken cancel)
    {
        // Without network and package manager the finder only looks at what is here.
        DataSetFinder here = new(DataLocations.FromEnvironment(), http: null, processes: null, this.time, progress: null);
        List<string[]> rows = [];
        foreach (DataSetInfo set in DataSetCatalog.All)
        {
            string place;
            try
            {
                place = (await here.FindAsync(set.Name, path: null, cancel)).Origin;
            }
            catch (DataException)
            {
                place = $"not here: federated data get {set.Name}";
            }

            rows.Add([set.Name, $"{Count(set.TrainCount)} + {Count(set.TestCount)} images", place]);
        }

        Columns.Write(output, "", rows);
        return ExitCode.Success;
    }

    private async Task<int> GetAsync(string name, InvocationConfiguration console, CancellationToken cancel)
    {
        DataSet set = await DataSetFinder.OfThisMachine(this.time, new FetchProgress(console.Error)).FindAsync(name, path: null, cancel);
        await console.Output.WriteLineAsync($"{set.Name}: {Count(set.Train.Count)} training and {Count(set.Test.Count)} test images in {set.Origin}");
        await console.Output.WriteLineAsync($"sha256 {set.Sha256}{(set.IsAsPublished == true ? ", as published" : "")}");
        return ExitCode.Success;
    }

    private static string Count(int images) => images.ToString("N0", CultureInfo.InvariantCulture);

    private sealed class SubCommand(string name, string description, string example) : ExampledCommand(name, description, example);
}
