using Federated.Coordinator.CommandLine;
using Federated.Coordinator.Tests.Runs;
using Xunit;

namespace Federated.Coordinator.Tests.CommandLine;

public sealed class NodeNameLeaseTests
{
    [Fact]
    public void Nodes_of_one_host_have_names_of_their_own_and_a_free_one_is_used_again()
    {
        using TemporaryFolder folder = new();
        NodeNameLease first = NodeNameLease.Take("worker-7", folder["names"], 1);
        using NodeNameLease second = NodeNameLease.Take("worker-7", folder["names"], 2);
        Assert.Equal(("worker-7", "worker-7-2"), (first.Name, second.Name));
        first.Dispose();
        using NodeNameLease again = NodeNameLease.Take("worker-7", folder["names"], 3);
        using NodeNameLease third = NodeNameLease.Take("worker-7", folder["names"], 4);
        Assert.Equal(("worker-7", "worker-7-3"), (again.Name, third.Name));
    }

    [Theory]
    [InlineData("My_Host.Example", "my-host.example")]
    [InlineData("-.x", "x")]
    [InlineData("", "node")]
    [InlineData("ÄÖ", "node")]
    public void Any_host_name_gives_a_valid_one(string host, string expected)
    {
        using TemporaryFolder folder = new();
        using NodeNameLease lease = NodeNameLease.Take(host, folder.Path, 1);
        Assert.Equal(expected, lease.Name);
    }

    [Fact]
    public void A_long_host_name_leaves_room_for_the_number()
    {
        using TemporaryFolder folder = new();
        using NodeNameLease first = NodeNameLease.Take(new string('a', 200), folder.Path, 1);
        using NodeNameLease second = NodeNameLease.Take(new string('a', 200), folder.Path, 1);
        Assert.InRange(second.Name.Length, 1, 63);
        Assert.NotEqual(first.Name, second.Name);
    }

    [Fact]
    public void Where_no_file_can_be_written_the_process_tells_nodes_apart()
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder["file"], "");
        using NodeNameLease lease = NodeNameLease.Take("worker", Path.Combine(folder["file"], "below"), 4711);
        Assert.Equal("worker-4711", lease.Name);
    }
}
