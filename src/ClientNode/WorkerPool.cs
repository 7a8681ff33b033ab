using Federated.Methods.Clients;

namespace Federated.ClientNode;

/// <summary>
/// A fixed number of workers, each on a thread of its own that lives as long as the pool and sleeps while there is nothing to do. Every worker has a list of items
/// of its own; who is through with it helps the others, so that a slow item, or a processor core that another program takes, delays no more than the item at work.
/// Who finds nothing left to help with goes on to the next piece of work when there is one, while the others finish theirs: no core waits between two pieces.
/// Workspaces are built when first needed: an experiment with one client never pays for two.
/// </summary>
public sealed class WorkerPool : IWorkerPool, IDisposable
{
    private const int MostPieces = 2;

    private readonly Lock gate = new();
    private readonly WorkerThread[] threads;
    private readonly List<Task> underWay = new(MostPieces);

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
    /// <exception cref="InvalidOperationException">There is work and work to follow it already.</exception>
    public Task RunAsync(int items, Action<Worker, int> work, CancellationToken cancel)
    {
        if (items == 0)
            return Task.CompletedTask;
        int busy = Math.Min(threads.Length, items);
        var lists = new WorkLists(items, busy, work, cancel);
        lock (gate)
        {
            underWay.RemoveAll(static piece => piece.IsCompleted);
            if (underWay.Count == MostPieces)
                throw new InvalidOperationException("The workers are at work already, and know what follows.");
            underWay.Add(lists.Completion);
            WorkerThread[] idleFirst = busy == threads.Length ? threads : [.. threads.OrderBy(static thread => thread.Pending)];
            for (int list = 0; list < busy; list++)
                idleFirst[list].Start(lists, list);
        }

        return lists.Completion;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (WorkerThread thread in threads)
            thread.Dispose();
    }
}
