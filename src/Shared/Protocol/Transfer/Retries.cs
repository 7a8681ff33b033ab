using Federated.Protocol.Rpc;

namespace Federated.Protocol.Transfer;

/// <summary>Decides whether and when a transfer tries again: after every failure that another try can mend, with pauses that double, until some tries in a row have brought nothing.</summary>
/// <param name="what">The blob, for the message.</param>
/// <param name="options">How many tries, how long the pauses.</param>
/// <param name="time">Measures the pauses.</param>
internal sealed class Retries(string what, TransferOptions options, TimeProvider time)
{
    private int inVain;

    /// <summary>Whether the other side's status can be another one next time.</summary>
    public static bool CanMend(RpcException failure) => failure.Status.Code is not (RpcStatusCode.InvalidArgument or RpcStatusCode.NotFound or RpcStatusCode.AlreadyExists or RpcStatusCode.PermissionDenied
        or RpcStatusCode.Unauthenticated or RpcStatusCode.FailedPrecondition or RpcStatusCode.ResourceExhausted or RpcStatusCode.OutOfRange or RpcStatusCode.Unimplemented);

    /// <summary>The error of a status that another try does not mend.</summary>
    public TransferException Final(RpcException failure) => new(
        failure.Status.Code switch
        {
            RpcStatusCode.NotFound => TransferError.NotFound,
            RpcStatusCode.DataLoss => TransferError.WrongDigest,
            RpcStatusCode.InvalidArgument => TransferError.BadName,
            _ => TransferError.Refused,
        },
        $"{what}: the other side answers {failure.Status.Code} ({failure.Status.Message})",
        failure);

    /// <summary>Waits before the next try.</summary>
    /// <param name="moved">Whether the try that failed brought the transfer forward.</param>
    /// <param name="failure">Why it failed.</param>
    /// <param name="cancel">Ends the waiting.</param>
    /// <exception cref="TransferException">There is no next try; the error is <see cref="TransferError.Unreachable"/>, or that of a <see cref="TransferException"/> that failed it.</exception>
    public async Task PauseAsync(bool moved, Exception failure, CancellationToken cancel)
    {
        inVain = moved ? 1 : inVain + 1;
        if (inVain >= options.Tries)
        {
            TransferError error = failure is TransferException known ? known.Error : TransferError.Unreachable;
            throw new TransferException(error, $"{what}: {inVain} tries in a row brought nothing, the last one because: {failure.Message}", failure);
        }

        // 2^20 pauses are longer than any limit: the shift stays within an int.
        TimeSpan pause = options.FirstPause * (1 << Math.Min(inVain - 1, 20));
        await Task.Delay(pause < options.LongestPause ? pause : options.LongestPause, time, cancel);
    }
}
