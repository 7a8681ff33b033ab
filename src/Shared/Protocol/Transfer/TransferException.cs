using Federated.Protocol.Rpc;

namespace Federated.Protocol.Transfer;

/// <summary>A blob that did not cross.</summary>
/// <param name="error">The kind of error.</param>
/// <param name="message">What was expected and what was found.</param>
/// <param name="inner">The status with which the other side ended the call, where it did.</param>
public sealed class TransferException(TransferError error, string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>The kind of error.</summary>
    public TransferError Error { get; } = error;

    /// <summary>The status code that says this to the other side. What is worth another try is <c>UNAVAILABLE</c>, <c>ABORTED</c>, <c>DATA_LOSS</c> or <c>DEADLINE_EXCEEDED</c>.</summary>
    public RpcStatusCode StatusCode => Error switch
    {
        TransferError.BadName or TransferError.WrongChunkLength or TransferError.WrongTotal or TransferError.WrongOrder => RpcStatusCode.InvalidArgument,
        TransferError.NotFound => RpcStatusCode.NotFound,
        TransferError.OverLimit or TransferError.Storage => RpcStatusCode.ResourceExhausted,
        TransferError.WrongOffset or TransferError.TooLong => RpcStatusCode.OutOfRange,
        TransferError.WrongChecksum or TransferError.WrongDigest => RpcStatusCode.DataLoss,
        TransferError.Silent => RpcStatusCode.DeadlineExceeded,
        TransferError.TakenOver => RpcStatusCode.Aborted,
        TransferError.Refused => RpcStatusCode.PermissionDenied,
        TransferError.OverBudget or TransferError.Unreachable => RpcStatusCode.Unavailable,
        _ => RpcStatusCode.Internal,
    };
}
