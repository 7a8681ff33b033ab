using Federated.Protocol.Rpc;
using Federated.Protocol.V1;

namespace Federated.Protocol.Fleet;

/// <summary>A node's calls to the coordinator's <c>Fleet</c> service.</summary>
public sealed class FleetClient(RpcChannel channel)
{
    private static readonly RpcMethod<NodeMessage, CoordinatorMessage> JoinMethod =
        RpcMethod.Of<NodeMessage, CoordinatorMessage>(FleetReflection.Descriptor.Services[0], "Join");

    /// <summary>Opens the stream of a node: its first message is the registration, the coordinator's first the welcome.</summary>
    public DuplexCall<NodeMessage, CoordinatorMessage> Join(CancellationToken cancel) => channel.Duplex(JoinMethod, options: null, cancel);
}
