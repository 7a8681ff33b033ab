namespace Federated.Engine.Networks;

/// <summary>
/// The threads of one network. The caller's thread is number 0 and works with the others; all of them block while they have nothing to do and none ever
/// spins, because a spinning thread takes the core from the one that it waits for.
/// </summary>
internal sealed class StepTeam : IDisposable
{
    private readonly Lock gate = new();
    private readonly SemaphoreSlim[] starts;
    private readonly SemaphoreSlim finished = new(0);
    private readonly Thread[] threads;
    private Action<int>? work;
    private Exception? failure;
    private bool stopped;

    /// <summary>Starts <paramref name="count"/> − 1 threads.</summary>
    /// <param name="count">Threads, 1 or more.</param>
    public StepTeam(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        Count = count;
        starts = [.. Enumerable.Range(1, count - 1).Select(static _ => new SemaphoreSlim(0))];
        threads = [.. Enumerable.Range(1, count - 1).Select(number => new Thread(() => Serve(number)) { IsBackground = true, Name = $"Network {number}" })];
        foreach (Thread thread in threads)
            thread.Start();
    }

    /// <summary>Threads, the caller's included.</summary>
    public int Count { get; }

    /// <summary>Calls <paramref name="task"/> on every thread with the thread's number and waits for all; allocates nothing. The first exception is thrown again.</summary>
    public void Run(Action<int> task)
    {
        work = task;
        foreach (SemaphoreSlim start in starts)
            start.Release();
        Try(0);
        for (int i = 1; i < Count; i++)
            finished.Wait();
        work = null;
        if (failure is { } first)
        {
            failure = null;
            throw new AggregateException(first);
        }
    }

    /// <summary>Ends the threads.</summary>
    public void Dispose()
    {
        if (stopped)
            return;
        stopped = true;
        foreach (SemaphoreSlim start in starts)
            start.Release();
        foreach (Thread thread in threads)
            thread.Join();
        foreach (SemaphoreSlim start in starts)
            start.Dispose();
        finished.Dispose();
    }

    private void Serve(int number)
    {
        while (true)
        {
            starts[number - 1].Wait();
            if (stopped)
                return;
            Try(number);
            finished.Release();
        }
    }

    private void Try(int number)
    {
        try
        {
            work!(number);
        }
        catch (Exception exception)
        {
            // A thread of its own must not end the process; the caller throws it.
            lock (gate)
                failure ??= exception;
        }
    }
}
