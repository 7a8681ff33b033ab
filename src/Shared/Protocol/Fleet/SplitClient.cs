using Federated.Protocol.Rpc;
using Federated.Protocol.V1;

namespace Federated.Protocol.Fleet;

/// <summary>A node's calls to the <c>Split</c> service of a body host.</summary>
public sealed class SplitClient(RpcChannel channel)
{
    private static readonly RpcMethod<SplitRequest, SplitReply> OpenMethod = RpcMethod.Of<SplitRequest, SplitReply>(SplitReflection.Descriptor.Services[0], "Open");

    /// <summary>Where it calls.</summary>
    public Uri Address => channel.Address;

    /// <summary>Opens the stream of a session: its first message is the opening, the host's first says where the session stands.</summary>
    public DuplexCall<SplitRequest, SplitReply> Open(CancellationToken cancel) => channel.Duplex(OpenMethod, options: null, cancel);
}
