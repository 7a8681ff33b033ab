using Federated.Methods.Federation;
using Federated.Methods.Splitting;
using Federated.Protocol.Rpc;

namespace Federated.ClientNode.Splitting;

/// <summary>How split sessions end other than well, and what that means to the node: the statuses of split.proto's service.</summary>
internal static class SplitFailures
{
    /// <summary>The session is gone: the client may begin anew, here or elsewhere.</summary>
    public const RpcStatusCode Gone = RpcStatusCode.Aborted;

    /// <summary>The message cannot be taken now; it can be sent again later.</summary>
    public const RpcStatusCode Later = RpcStatusCode.ResourceExhausted;

    /// <summary>The client's numbers are not finite: they will not be anywhere.</summary>
    public const RpcStatusCode Diverged = RpcStatusCode.OutOfRange;

    /// <summary>The status for what went wrong in a workspace; null for what is the host's own fault.</summary>
    public static RpcStatus? Of(Exception problem) => problem switch
    {
        RpcException end => end.Status,
        SplitSessionException => new RpcStatus(RpcStatusCode.InvalidArgument, problem.Message),
        ClientAnswerException => new RpcStatus(Diverged, problem.Message),
        _ => null,
    };

    /// <summary>Whether the same session can be gone on with when its stream has ended so.</summary>
    public static bool CanGoOn(RpcStatusCode code) =>
        code is Later or RpcStatusCode.Unavailable or RpcStatusCode.Cancelled or RpcStatusCode.DeadlineExceeded;
}
