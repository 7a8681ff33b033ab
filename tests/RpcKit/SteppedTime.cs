namespace Federated.RpcKit;

/// <summary>A clock that stands still until a test moves it; its timers fire when it passes their moment.</summary>
public sealed class SteppedTime : TimeProvider
{
    private readonly Lock gate = new();
    private readonly List<SteppedTimer> timers = [];
    private DateTimeOffset now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private TaskCompletionSource changed = NewSignal();

    /// <inheritdoc/>
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <summary>What is left until each timer fires, the next first.</summary>
    public IReadOnlyList<TimeSpan> Waits
    {
        get
        {
            lock (gate)
                return [.. timers.Where(timer => timer.Due is not null).Select(timer => timer.Due!.Value - now).Order()];
        }
    }

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow()
    {
        lock (gate)
            return now;
    }

    /// <inheritdoc/>
    public override long GetTimestamp() => GetUtcNow().Ticks;

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new SteppedTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Moves the clock and fires what is due, on this thread.</summary>
    public void Advance(TimeSpan span)
    {
        DateTimeOffset end;
        lock (gate)
            end = now + span;
        while (true)
        {
            SteppedTimer? next;
            lock (gate)
            {
                next = timers.Where(timer => timer.Due <= end).MinBy(timer => timer.Due);
                now = next is null ? end : next.Due > now ? next.Due!.Value : now;
                if (next is not null)
                    next.Due = null;
            }

            if (next is null)
                return;
            next.Fire();
        }
    }

    /// <summary>Returns when so many timers are set.</summary>
    public async Task WaitForTimersAsync(int count, TimeSpan limit)
    {
        while (true)
        {
            Task next;
            lock (gate)
            {
                if (timers.Count(timer => timer.Due is not null) >= count)
                    return;
                next = changed.Task;
            }

            try
            {
                await next.WaitAsync(limit);
            }
            catch (TimeoutException late)
            {
                throw new TimeoutException($"{count} timers were not set within {limit}; those that are fire in: {string.Join(", ", Waits)}", late);
            }
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private sealed class SteppedTimer(SteppedTime time, TimerCallback callback, object? state) : ITimer
    {
        public DateTimeOffset? Due { get; set; }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            if (period != Timeout.InfiniteTimeSpan)
                throw new NotSupportedException("Timers that repeat are not needed by a test yet.");
            lock (time.gate)
            {
                Due = dueTime == Timeout.InfiniteTimeSpan ? null : time.now + dueTime;
                if (!time.timers.Contains(this))
                    time.timers.Add(this);
                time.changed.SetResult();
                time.changed = NewSignal();
            }

            return true;
        }

        public void Fire() => callback(state);

        public void Dispose()
        {
            lock (time.gate)
                time.timers.Remove(this);
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return default;
        }
    }
}
