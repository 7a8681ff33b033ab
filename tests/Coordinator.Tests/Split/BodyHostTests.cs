using Federated.ClientNode.Splitting;
using Federated.Coordinator.Security;
using Federated.Coordinator.Split;
using Federated.Coordinator.Tests.Security;
using Federated.Protocol.Rpc;
using Xunit;

namespace Federated.Coordinator.Tests.Split;

/// <summary>Who may use the bodies that a node runs.</summary>
public sealed class BodyHostTests : IDisposable
{
    private readonly SampleCertificates certificates = new();

    public void Dispose() => certificates.Dispose();

    [Fact]
    public async Task Only_nodes_may_and_only_under_their_own_names()
    {
        Authenticator authenticator = Authenticator.Of(needsCertificate: true, null);
        ServerTls tls = ServerTls.Load(certificates["coordinator.crt"], certificates["coordinator.key"], certificates["ca.crt"], TimeProvider.System);
        NodeBodies bodies = new((opening, call) => authenticator.Require(call, Role.Node).RequireName(opening.Node));
        await using BodyHost host = await BodyHost.StartAsync(new Uri("https://127.0.0.1:0"), tls, bodies, new SplitHostOptions { Workspaces = 1 }, CancellationToken.None);

        // A node gets as far as that the run is not there.
        RpcStatus node = await SplitOpenings.EndAsync(host.Address, Caller("node-1"), SplitOpenings.Of("node-1"));
        Assert.Equal(RpcStatusCode.Unavailable, node.Code);
        Assert.Contains("the run run is not prepared on this node", node.Message, StringComparison.Ordinal);
        Assert.Equal(RpcStatusCode.PermissionDenied, (await SplitOpenings.EndAsync(host.Address, Caller("node-1"), SplitOpenings.Of("node-2"))).Code);
        Assert.Equal(RpcStatusCode.PermissionDenied, (await SplitOpenings.EndAsync(host.Address, Caller("me"), SplitOpenings.Of("me"))).Code);
        Assert.Equal(RpcStatusCode.Unauthenticated, (await SplitOpenings.EndAsync(host.Address, Caller(null), SplitOpenings.Of("node-1"))).Code);
    }

    [Fact]
    public async Task Nothing_else_is_served_there()
    {
        NodeBodies bodies = new(static (_, _) => { });
        await using BodyHost host = await BodyHost.StartAsync(new Uri("http://127.0.0.1:0"), null, bodies, new SplitHostOptions { Workspaces = 1 }, CancellationToken.None);
        await using RpcChannel channel = new(host.Address, new RpcChannelOptions());

        await using DuplexCall<Protocol.V1.NodeMessage, Protocol.V1.CoordinatorMessage> call = new Protocol.Fleet.FleetClient(channel).Join(CancellationToken.None);
        RpcException refused = await Assert.ThrowsAsync<RpcException>(() => call.ReadAsync().AsTask().WaitAsync(SplitOpenings.Limit));

        Assert.Equal(RpcStatusCode.Unimplemented, refused.Code);
    }

    private RpcChannelOptions Caller(string? name)
    {
        CallerCredentials credentials = new(certificates["ca.crt"], name is null ? null : certificates[$"{name}.crt"], name is null ? null : certificates[$"{name}.key"], null, false);
        return credentials.Apply(new Uri("https://127.0.0.1"), new RpcChannelOptions(), TimeProvider.System);
    }
}
