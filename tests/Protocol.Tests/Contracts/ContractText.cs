using System.Globalization;
using System.Reflection;
using Google.Protobuf.Reflection;

namespace Federated.Protocol.Tests.Contracts;

/// <summary>The contract as text: one line for each thing that the other side relies on, complete in itself, so that a line that is missing is something that was changed or removed.</summary>
internal static class ContractText
{
    private const string VersionPrefix = "protocol ";

    /// <summary>The files of the contract: all generated ones whose package is the project's own.</summary>
    public static IEnumerable<FileDescriptor> Files => typeof(ProtocolVersion).Assembly.GetTypes()
        .Select(type => type.GetProperty("Descriptor", BindingFlags.Public | BindingFlags.Static)?.GetValue(null))
        .OfType<FileDescriptor>()
        .Where(file => file.Package.StartsWith("federated.", StringComparison.Ordinal))
        .OrderBy(file => file.Name, StringComparer.Ordinal);

    public static string Render(int version, IEnumerable<FileDescriptor> files)
    {
        List<string> lines = [Line($"{VersionPrefix}{version}")];
        foreach (FileDescriptor file in files)
        {
            lines.Add("");
            lines.Add(Line($"file {file.Name} package {file.Package}"));
            foreach (ServiceDescriptor service in file.Services)
                AddService(lines, service);
            foreach (MessageDescriptor message in file.MessageTypes)
                AddMessage(lines, message);
            foreach (EnumDescriptor kind in file.EnumTypes)
                AddEnum(lines, kind);
        }

        return string.Join('\n', lines) + "\n";
    }

    /// <summary>What <paramref name="after"/> takes away from who relies on <paramref name="before"/>; nothing where the version is another one.</summary>
    public static IReadOnlyList<string> Broken(string before, string after)
    {
        string[] old = before.Split('\n'), now = after.Split('\n');
        return VersionOf(old) == VersionOf(now) ? [.. old.Except(now, StringComparer.Ordinal)] : [];
    }

    private static string? VersionOf(string[] lines) => lines.FirstOrDefault(line => line.StartsWith(VersionPrefix, StringComparison.Ordinal));

    private static void AddService(List<string> lines, ServiceDescriptor service)
    {
        lines.Add(Line($"service {service.FullName}"));
        foreach (MethodDescriptor method in service.Methods)
        {
            string request = (method.IsClientStreaming ? "stream " : "") + method.InputType.FullName;
            string response = (method.IsServerStreaming ? "stream " : "") + method.OutputType.FullName;
            lines.Add(Line($"  rpc {method.FullName} ({request}) returns ({response})"));
        }
    }

    private static void AddMessage(List<string> lines, MessageDescriptor message)
    {
        lines.Add(Line($"message {message.FullName}"));
        foreach (FieldDescriptor field in message.Fields.InFieldNumberOrder())
        {
            string label = field.IsMap ? "map " : field.IsRepeated ? "repeated " : field.HasPresence && field.RealContainingOneof is null && field.FieldType != FieldType.Message ? "optional " : "";
            string type = field.FieldType switch
            {
                FieldType.Message => field.MessageType.FullName,
                FieldType.Enum => field.EnumType.FullName,
                _ => field.FieldType.ToString().ToLowerInvariant(),
            };
            string choice = field.RealContainingOneof is { } oneof ? $" of {oneof.Name}" : "";
            lines.Add(Line($"  field {message.FullName} {field.FieldNumber} {label}{type} {field.Name}{choice}"));
        }

        DescriptorProto proto = message.ToProto();
        foreach (DescriptorProto.Types.ReservedRange range in proto.ReservedRange)
            lines.Add(Line($"  reserved {message.FullName} {range.Start} to {range.End - 1}"));
        foreach (string name in proto.ReservedName)
            lines.Add(Line($"  reserved {message.FullName} {name}"));
        foreach (MessageDescriptor nested in message.NestedTypes)
            AddMessage(lines, nested);
        foreach (EnumDescriptor kind in message.EnumTypes)
            AddEnum(lines, kind);
    }

    private static void AddEnum(List<string> lines, EnumDescriptor kind)
    {
        lines.Add(Line($"enum {kind.FullName}"));
        foreach (EnumValueDescriptor value in kind.Values)
            lines.Add(Line($"  value {kind.FullName} {value.Number} {value.Name}"));
        EnumDescriptorProto proto = kind.ToProto();
        foreach (EnumDescriptorProto.Types.EnumReservedRange range in proto.ReservedRange)
            lines.Add(Line($"  reserved {kind.FullName} {range.Start} to {range.End}"));
        foreach (string name in proto.ReservedName)
            lines.Add(Line($"  reserved {kind.FullName} {name}"));
    }

    private static string Line(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
