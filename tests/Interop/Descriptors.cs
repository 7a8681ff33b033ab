using Federated.Interop.Testing;
using Federated.Protocol.Rpc.Health.V1;
using Federated.Protocol.Rpc.Reflection.V1;
using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace Federated.Interop;

/// <summary>The descriptors of all services that a peer calls, in a file: Python's peer makes its message classes from them.</summary>
internal static class Descriptors
{
    private static readonly Lazy<string> Written = new(Write);

    /// <summary>The file's path.</summary>
    public static string File => Written.Value;

    private static string Write()
    {
        FileDescriptor[] files = [TestingReflection.Descriptor, HealthReflection.Descriptor, ReflectionReflection.Descriptor];
        var set = new FileDescriptorSet { File = { files.Select(static file => FileDescriptorProto.Parser.ParseFrom(file.SerializedData)) } };
        // Beside the tests' binaries: every run writes the same bytes.
        string path = Path.Combine(AppContext.BaseDirectory, "services.protoset");
        using FileStream file = System.IO.File.Create(path);
        set.WriteTo(file);
        return path;
    }
}
