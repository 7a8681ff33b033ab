namespace Federated.TestKit;

/// <summary>Time that stands still until a test moves it; timers fire while it is moved, on the mover's thread, in the order of their times. Safe for several threads.</summary>
public sealed class ManualTimeProvider : TimeProvider
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly Lock gate = new();
    private readonly List<ManualTimer> timers = [];
    private TimeSpan now;

    /// <inheritdoc/>
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <summary>Timers that are set.</summary>
    public int ActiveTimers
    {
        get
        {
            lock (gate)
                return timers.Count(static timer => timer.Due is not null);
        }
    }

    /// <inheritdoc/>
    public override long GetTimestamp()
    {
        lock (gate)
            return now.Ticks;
    }

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow()
    {
        lock (gate)
            return Start + now;
    }

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new ManualTimer(this, () => callback(state));
        lock (gate)
            timers.Add(timer);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Moves time on, and fires what becomes due.</summary>
    public void Advance(TimeSpan by)
    {
        TimeSpan target;
        lock (gate)
            target = now + by;
        while (NextDue(target) is { } timer)
            timer.Fire();
        lock (gate)
            now = target > now ? target : now;
    }

    private ManualTimer? NextDue(TimeSpan target)
    {
        lock (gate)
        {
            ManualTimer? next = timers.Where(timer => timer.Due <= target).MinBy(static timer => timer.Due);
            if (next is null)
                return null;
            now = next.Due!.Value > now ? next.Due.Value : now;
            next.Due = next.Period > TimeSpan.Zero ? next.Due + next.Period : null;
            return next;
        }
    }

    private sealed class ManualTimer(ManualTimeProvider time, Action fire) : ITimer
    {
        public TimeSpan? Due { get; set; }

        public TimeSpan Period { get; private set; }

        public void Fire() => fire();

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            bool isNow;
            lock (time.gate)
            {
                if (!time.timers.Contains(this))
                    return false;
                isNow = dueTime == TimeSpan.Zero;
                Period = period;
                Due = dueTime == Timeout.InfiniteTimeSpan ? null : isNow ? period > TimeSpan.Zero ? time.now + period : null : time.now + dueTime;
            }

            if (isNow)
                Fire();
            return true;
        }

        public void Dispose()
        {
            lock (time.gate)
                time.timers.Remove(this);
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
