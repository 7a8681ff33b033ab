namespace Federated.Protocol.Transfer;

/// <summary>Ends a stream whose other side is silent for too long, and says afterwards why a stream ended.</summary>
internal sealed class StreamWatch : IDisposable
{
    private readonly CancellationTokenSource silence;
    private readonly CancellationToken caller;
    private readonly TimeSpan limit;

    /// <summary>Watches nothing until <see cref="Start"/>.</summary>
    /// <param name="limit">The longest silence.</param>
    /// <param name="time">Measures it.</param>
    /// <param name="caller">Ends the stream from outside.</param>
    public StreamWatch(TimeSpan limit, TimeProvider time, CancellationToken caller)
    {
        this.limit = limit;
        this.caller = caller;
        silence = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        Stop = CancellationTokenSource.CreateLinkedTokenSource(silence.Token, caller);
    }

    /// <summary>Ends the stream; whoever takes its place cancels it.</summary>
    public CancellationTokenSource Stop { get; }

    /// <summary>Cancelled at the end, for whatever cause.</summary>
    public CancellationToken Token => Stop.Token;

    /// <summary>From now on it is the other side's turn.</summary>
    public void Start() => silence.CancelAfter(limit);

    /// <summary>From now on it is ours: how long a disk or a merge takes is not the other side's silence.</summary>
    public void Pause() => silence.CancelAfter(Timeout.InfiniteTimeSpan);

    /// <summary>Whether <see cref="Token"/> was cancelled by something else than the caller.</summary>
    public bool HasEnded => Stop.IsCancellationRequested && !caller.IsCancellationRequested;

    /// <summary>What ended the stream, where it was not the caller.</summary>
    public TransferException Cause(long received) => silence.IsCancellationRequested
        ? new TransferException(TransferError.Silent, $"the other side was silent for {limit.TotalSeconds:0.###} s after {received} bytes; what has arrived is kept")
        : new TransferException(TransferError.TakenOver, $"another stream goes on with it after {received} bytes");

    /// <inheritdoc/>
    public void Dispose()
    {
        Stop.Dispose();
        silence.Dispose();
    }
}
