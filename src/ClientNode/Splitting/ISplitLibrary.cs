using Federated.Protocol.Rpc;
using Federated.Protocol.V1;

namespace Federated.ClientNode.Splitting;

/// <summary>What a body host can run, and for whom.</summary>
public interface ISplitLibrary
{
    /// <summary>Who calls, and whether they may open this session.</summary>
    /// <exception cref="RpcException">They may not: <c>UNAUTHENTICATED</c>, <c>PERMISSION_DENIED</c>, or <c>FAILED_PRECONDITION</c> when the list is not the node's (any more).</exception>
    void Require(SplitOpening opening, ServerCall call);

    /// <summary>The server's part of the task, in the form that the opening names; the same object for the same form.</summary>
    /// <exception cref="RpcException"><c>UNAVAILABLE</c>: it is not here yet. Another status: it will not be.</exception>
    Task<ISplitBody> FindAsync(SplitOpening opening, CancellationToken cancel);
}
