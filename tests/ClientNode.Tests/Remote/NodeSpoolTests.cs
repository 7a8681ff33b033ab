using Federated.ClientNode.Remote;
using Federated.Protocol.Transfer;
using Xunit;

namespace Federated.ClientNode.Tests.Remote;

public sealed class NodeSpoolTests : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("federated-test-").FullName;

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Fact]
    public void Nodes_at_the_same_time_have_folders_of_their_own_and_later_ones_take_those_that_are_free()
    {
        var options = new BlobSpoolOptions();
        using BlobSpool first = NodeSpool.OpenNumbered(root, options);
        BlobSpool second = NodeSpool.OpenNumbered(root, options);
        using BlobSpool third = NodeSpool.OpenNumbered(root, options);
        second.Dispose();
        string left = Path.Combine(root, "1", "5.part"); // as a process leaves it that was killed
        File.WriteAllText(left, "half of something");
        using BlobSpool fourth = NodeSpool.OpenNumbered(root, options);
        Assert.False(File.Exists(left));
        Assert.Equal(["0", "1", "2"], Directory.EnumerateDirectories(root).Select(static folder => Path.GetFileName(folder)).Order(StringComparer.Ordinal));
    }
}
