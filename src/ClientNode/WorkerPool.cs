using Federated.Methods.Clients;

namespace Federated.ClientNode;

/// <summary>
/// A fixed number of workers, each on a thread of its own that lives as long as the pool and sleeps while there is nothing to do. Every worker has a list of items
/// of its own; who is through with it helps the others, so that a slow item, or a processor core that another program takes, delays no more than the item at work.
/// Workspaces are built when first needed: an experiment with one client never pays for two.
/// </summary>
public sealed class WorkerPool : IWorkerPool, IDisposable
{
    private readonly WorkerThread[] threads;
    private WorkLists? current;

    /// <summary>A pool of <paramref name="count"/> workers for the experiment.</summary>
    public WorkerPool(ExperimentContext context, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        threads = [.. Enumerable.Range(0, count).Select(slot => new WorkerThread(context, slot))];
    }

    /// <summary>Number of workers.</summary>
    public int Count => threads.Length;

    /// <summary>Most bytes that one worker's workspace has held (<see cref="Worker.PeakBytes"/>), 0 before the first is built.</summary>
    public long PeakWorkerBytes => threads.Max(static thread => thread.PeakBytes);

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">The pool is at work: it does one thing at a time.</exception>
    public Task RunAsync(int items, Action<Worker, int> work, CancellationToken cancel)
    {
        if (items == 0)
            return Task.CompletedTask;
        int busy = Math.Min(threads.Length, items);
        var lists = new WorkLists(items, busy, work, cancel);
        if (Volatile.Read(ref current) is { Completion.IsCompleted: false } || Interlocked.Exchange(ref current, lists) is { Completion.IsCompleted: false })
            throw new InvalidOperationException("The workers are at work already.");
        for (int slot = 0; slot < busy; slot++)
            threads[slot].Start(lists);
        return lists.Completion;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (WorkerThread thread in threads)
            thread.Dispose();
    }
}
