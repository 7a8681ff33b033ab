using Federated.Coordinator.Fleet;
using Federated.Coordinator.Security;
using Federated.Coordinator.Tests.Fleet;
using Federated.Methods.Data;
using Federated.Protocol;
using Federated.Protocol.Fleet;
using Federated.Protocol.Rpc;
using Federated.Protocol.V1;
using Xunit;

namespace Federated.Coordinator.Tests.Split;

/// <summary>What the coordinator says and asks of bodies.</summary>
public sealed class CoordinatorBodiesTests : IDisposable
{
    private static readonly TimeSpan Limit = SplitOpenings.Limit;
    private static readonly DataSet Data = SyntheticSet.Create(new SyntheticOptions { Size = 8, TrainCount = 40, TestCount = 10 });

    private readonly string folder = Directory.CreateTempSubdirectory("bodies").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task A_body_is_run_only_for_lists_that_are_handed_out_to_the_caller()
    {
        await using InProcessFleet fleet = await InProcessFleet.StartAsync(Data, folder);

        RpcStatus refused = await SplitOpenings.EndAsync(fleet.Host.Address, new RpcChannelOptions(), SplitOpenings.Of("a", list: 7));

        Assert.Equal(RpcStatusCode.FailedPrecondition, refused.Code);
        Assert.Contains("list 7 of run run is not handed out to a", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_list_is_handed_out_to_its_nodes_until_it_is_forgotten()
    {
        UploadInbox inbox = new(Authenticator.Open);
        inbox.Open("run");
        inbox.Expect(7, "a", 10);

        Assert.True(inbox.IsExpected("run", 7, "a"));
        Assert.False(inbox.IsExpected("run", 7, "b"));
        Assert.False(inbox.IsExpected("run", 8, "a"));
        Assert.False(inbox.IsExpected("other", 7, "a"));
        inbox.Forget(7);
        Assert.False(inbox.IsExpected("run", 7, "a"));
    }

    [Fact]
    public async Task Nodes_hear_of_the_hosts_of_bodies_and_of_their_changes()
    {
        await using InProcessFleet fleet = await InProcessFleet.StartAsync(
            Data, folder, static setup => setup with { Fleet = setup.Fleet with { Silence = TimeSpan.FromMinutes(1), ReconnectGrace = TimeSpan.FromMilliseconds(50) } });
        await using RpcChannel channel = new(fleet.Host.Address, new RpcChannelOptions());

        // The first of all hears of none, until there are some.
        await using DuplexCall<NodeMessage, CoordinatorMessage> first = await JoinAsync(channel, "a", "");
        DuplexCall<NodeMessage, CoordinatorMessage> body = await JoinAsync(channel, "body-2", "http://body-2:7072");
        Assert.Equal(["http://body-2:7072"], await HostsAsync(first));
        Assert.Equal(["http://body-2:7072"], await HostsAsync(body));

        // Who comes later hears of those that are there; all hear of the new one.
        await using DuplexCall<NodeMessage, CoordinatorMessage> both = await JoinAsync(channel, "body-1", "http://body-1:7072");
        string[] two = ["http://body-1:7072", "http://body-2:7072"];
        Assert.Equal(two, await HostsAsync(first));
        Assert.Equal(two, await HostsAsync(both));
        await using DuplexCall<NodeMessage, CoordinatorMessage> last = await JoinAsync(channel, "z", "");
        Assert.Equal(two, await HostsAsync(last));

        // One is gone.
        await body.DisposeAsync();
        Assert.Equal(["http://body-1:7072"], await HostsAsync(first));
        Assert.Equal(["http://body-1:7072"], await HostsAsync(last));
    }

    [Theory]
    [InlineData("body-1:7072", false)]
    [InlineData("ftp://body-1:7072", false)]
    [InlineData("http://body-1:7072/path", false)]
    [InlineData("", true)]
    public async Task A_registration_that_says_nothing_usable_of_bodies_is_refused(string address, bool bodyOnly)
    {
        await using InProcessFleet fleet = await InProcessFleet.StartAsync(Data, folder);
        await using RpcChannel channel = new(fleet.Host.Address, new RpcChannelOptions());
        await using DuplexCall<NodeMessage, CoordinatorMessage> call = new FleetClient(channel).Join(CancellationToken.None);
        await call.WriteAsync(new NodeMessage { Registration = Registration("a", address, bodyOnly) });

        RpcException refused = await Assert.ThrowsAsync<RpcException>(() => call.ReadAsync().AsTask().WaitAsync(Limit));

        Assert.Equal(RpcStatusCode.InvalidArgument, refused.Code);
        Assert.Contains("bodies", refused.Status.Message, StringComparison.Ordinal);
    }

    private static Registration Registration(string node, string address, bool bodyOnly = false) => new()
    {
        Protocol = ProtocolVersion.Current,
        Node = node,
        Instance = 1,
        Slots = 1,
        OperationsPerSecond = 1e9,
        BodyAddress = address,
        BodyOnly = bodyOnly,
    };

    private static async Task<DuplexCall<NodeMessage, CoordinatorMessage>> JoinAsync(RpcChannel channel, string node, string address)
    {
        DuplexCall<NodeMessage, CoordinatorMessage> call = new FleetClient(channel).Join(CancellationToken.None);
        await call.WriteAsync(new NodeMessage { Registration = Registration(node, address) });
        Assert.NotNull((await call.ReadAsync().AsTask().WaitAsync(Limit))!.Welcome);
        return call;
    }

    private static async Task<string[]> HostsAsync(DuplexCall<NodeMessage, CoordinatorMessage> call) => [.. (await call.ReadAsync().AsTask().WaitAsync(Limit))!.BodyHosts.Addresses];
}
