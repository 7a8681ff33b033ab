namespace Federated.Protocol.Tests.Transfer;

/// <summary>Time that stands still until a test moves it; timers fire while it is moved.</summary>
internal sealed class ManualTime : TimeProvider
{
    private readonly Lock gate = new();
    private readonly List<ManualTimer> timers = [];
    private readonly SemaphoreSlim changed = new(0);
    private long now;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => Interlocked.Read(ref now);

    public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch + TimeSpan.FromTicks(GetTimestamp());

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        ManualTimer timer = new(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Completes when a timer is waiting for just this long.</summary>
    public async Task WaitForTimerAsync(TimeSpan span)
    {
        while (true)
        {
            lock (gate)
            {
                if (timers.Any(timer => timer.Due == now + span.Ticks))
                    return;
            }

            await changed.WaitAsync();
        }
    }

    public void Advance(TimeSpan span)
    {
        ManualTimer[] due;
        lock (gate)
        {
            now += span.Ticks;
            due = [.. timers.Where(timer => timer.Due <= now)];
            foreach (ManualTimer timer in due)
                timers.Remove(timer);
        }

        foreach (ManualTimer timer in due)
            timer.Fire();
    }

    private sealed class ManualTimer(ManualTime owner, TimerCallback callback, object? state) : ITimer
    {
        public long Due { get; private set; }

        public void Fire() => callback(state);

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (owner.gate)
            {
                owner.timers.Remove(this);
                if (dueTime == Timeout.InfiniteTimeSpan)
                    return true;
                Due = owner.now + dueTime.Ticks;
                owner.timers.Add(this);
                owner.changed.Release();
                return true;
            }
        }

        public void Dispose() => Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
