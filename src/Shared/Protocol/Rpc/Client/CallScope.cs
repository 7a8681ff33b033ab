namespace Federated.Protocol.Rpc;

/// <summary>How long a call lasts: until its caller cancels, its deadline passes or it is disposed of; and what an exception below it means to the caller.</summary>
internal sealed class CallScope : IDisposable
{
    private readonly CancellationTokenSource? source;
    private readonly CancellationToken caller;
    private readonly CancellationToken closing;
    private readonly CancellationTokenRegistration closingRegistration;
    private readonly CancellationTokenRegistration registration;
    private readonly ITimer? timer;
    private readonly TimeProvider time;
    private readonly DateTimeOffset? deadline;
    private volatile bool deadlinePassed;

    /// <param name="time">Clock of the deadline.</param>
    /// <param name="closing">The channel's end.</param>
    /// <param name="options">Timeout and deadline of the call.</param>
    /// <param name="caller">The caller's own cancellation.</param>
    /// <param name="isStream">Whether the call can be ended by disposing of it.</param>
    /// <exception cref="RpcException">The deadline has passed already.</exception>
    public CallScope(TimeProvider time, CancellationToken closing, RpcCallOptions options, bool isStream, CancellationToken caller)
    {
        this.closing = closing;
        this.time = time;
        this.caller = caller;
        Timeout = options.Timeout;
        if (options.Deadline is not null || Timeout is not null)
        {
            DateTimeOffset now = time.GetUtcNow();
            if (options.Deadline is { } moment && (Timeout is null || moment - now < Timeout))
                Timeout = moment - now;
            if (Timeout <= TimeSpan.Zero)
                throw new RpcException(RpcFailures.DeadlineExceeded);
            deadline = Timeout < DateTimeOffset.MaxValue - now ? now + Timeout : null;
        }

        if (deadline is null && !isStream && !caller.CanBeCanceled)
        {
            Token = closing;
            return;
        }

        source = new CancellationTokenSource();
        Token = source.Token;
        closingRegistration = closing.UnsafeRegister(static state => ((CallScope)state!).source!.Cancel(), this);
        registration = caller.UnsafeRegister(static state => ((CallScope)state!).source!.Cancel(), this);
        if (Timeout <= TimeoutHeader.LongestTimer)
            timer = time.CreateTimer(static state => ((CallScope)state!).Expire(), this, Timeout.Value, System.Threading.Timeout.InfiniteTimeSpan);
    }

    /// <summary>Cancelled when the call is over.</summary>
    public CancellationToken Token { get; }

    /// <summary>Whether the caller's own token was cancelled.</summary>
    public bool IsCancelledByCaller => caller.IsCancellationRequested;

    /// <summary>What was left until the deadline when the call began.</summary>
    public TimeSpan? Timeout { get; }

    public void Cancel() => source?.Cancel();

    /// <summary>Stops the timer; the token stays usable.</summary>
    public void Dispose()
    {
        timer?.Dispose();
        registration.Dispose();
        closingRegistration.Dispose();
    }

    /// <summary>What the caller gets to see instead of an exception from below.</summary>
    public Exception Translate(Exception exception)
    {
        if (exception is RpcException)
            return exception;
        if (caller.IsCancellationRequested)
            return new OperationCanceledException("The call was cancelled.", exception, caller);
        // A server that ends the call at the same deadline may be a moment faster than the timer here.
        if (deadlinePassed || time.GetUtcNow() >= deadline)
            return new RpcException(RpcFailures.DeadlineExceeded, null, exception);
        if (closing.IsCancellationRequested)
            return new RpcException(RpcFailures.ChannelClosed, null, exception);
        if (source is { IsCancellationRequested: true })
            return new RpcException(RpcFailures.Cancelled, null, exception);
        for (Exception? cause = exception; cause is not null; cause = cause.InnerException)
        {
            // A connection that ends with an error of HTTP/2, such as a ping without an answer, has the same type; only the text tells it from a stream that the server reset.
            if (cause is HttpProtocolException protocol && protocol.Message.Contains("reset the stream", StringComparison.Ordinal))
                return new RpcException(StatusMapping.FromReset(protocol.ErrorCode), null, exception);
        }

        return exception switch
        {
            ObjectDisposedException => new RpcException(RpcFailures.ChannelClosed, null, exception),
            HttpRequestException or IOException => new RpcException(RpcFailures.ConnectionLost, null, exception),
            OperationCanceledException => new RpcException(RpcFailures.Cancelled, null, exception),
            _ => new RpcException(RpcStatusCode.Internal, exception.Message, exception),
        };
    }

    private void Expire()
    {
        deadlinePassed = true;
        source!.Cancel();
    }
}
