using Google.Protobuf.Reflection;

namespace Federated.Protocol.Rpc;

/// <summary>Which proto file declares what, over the files of some services and all that those import.</summary>
internal sealed class DescriptorIndex
{
    private readonly Dictionary<string, FileDescriptor> files = new(StringComparer.Ordinal);
    private readonly Dictionary<string, FileDescriptor> symbols = new(StringComparer.Ordinal);

    public DescriptorIndex(IEnumerable<ServiceDescriptor> services)
    {
        foreach (ServiceDescriptor service in services)
            Add(service.File);
    }

    public FileDescriptor? FileNamed(string name) => files.GetValueOrDefault(name);

    public FileDescriptor? FileOf(string symbol) => symbols.GetValueOrDefault(symbol);

    private void Add(FileDescriptor file)
    {
        if (!files.TryAdd(file.Name, file))
            return;
        foreach (ServiceDescriptor service in file.Services)
        {
            symbols[service.FullName] = file;
            foreach (MethodDescriptor method in service.Methods)
                symbols[method.FullName] = file;
        }

        foreach (MessageDescriptor message in file.MessageTypes)
            Add(message, file);
        foreach (EnumDescriptor type in file.EnumTypes)
            Add(type, file);
        foreach (FileDescriptor imported in file.Dependencies)
            Add(imported);
    }

    private void Add(MessageDescriptor message, FileDescriptor file)
    {
        symbols[message.FullName] = file;
        foreach (FieldDescriptor field in message.Fields.InDeclarationOrder())
            symbols[field.FullName] = file;
        foreach (OneofDescriptor oneof in message.Oneofs)
            symbols[oneof.FullName] = file;
        foreach (EnumDescriptor type in message.EnumTypes)
            Add(type, file);
        foreach (MessageDescriptor nested in message.NestedTypes)
            Add(nested, file);
    }

    private void Add(EnumDescriptor type, FileDescriptor file)
    {
        symbols[type.FullName] = file;
        foreach (EnumValueDescriptor value in type.Values)
            symbols[value.FullName] = file;
    }
}
