namespace Federated.Protocol.Rpc;

/// <summary>
/// Interrupts a call that waits too long for the other side. One timer for the whole call, which looks at when the wait began instead of being set anew for every wait.
/// </summary>
internal sealed class StallClock : IDisposable
{
    private const long NotWaiting = long.MinValue;

    private readonly ServerCall call;
    private readonly TimeSpan limit;
    private readonly RpcStatus reason;
    private readonly TimeProvider time;
    private readonly ITimer timer;
    private long since = NotWaiting;

    private StallClock(ServerCall call, TimeSpan limit, RpcStatus reason)
    {
        this.call = call;
        this.limit = limit;
        this.reason = reason;
        time = call.Options.Time;
        timer = time.CreateTimer(static state => ((StallClock)state!).Look(), this, limit, Timeout.InfiniteTimeSpan);
    }

    public static StallClock? For(ServerCall call, TimeSpan? limit, RpcStatus reason) => limit is { } span ? new StallClock(call, span, reason) : null;

    public void Start() => Volatile.Write(ref since, time.GetTimestamp());

    public void Stop() => Volatile.Write(ref since, NotWaiting);

    public void Dispose() => timer.Dispose();

    private void Look()
    {
        long began = Volatile.Read(ref since);
        TimeSpan left = began == NotWaiting ? limit : limit - time.GetElapsedTime(began);
        if (left <= TimeSpan.Zero)
            call.Interrupt(reason);
        else
            timer.Change(left, Timeout.InfiniteTimeSpan);
    }
}
