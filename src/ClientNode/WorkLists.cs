using Federated.Methods.Clients;

namespace Federated.ClientNode;

/// <summary>
/// The items of one piece of work, dealt to the workers in turn: worker w of n has the items w, w + n, w + 2n… . Each list has a counter of its own, in a cache line of
/// its own, so that workers meet only when one of them has nothing left and takes from another's list.
/// </summary>
internal sealed class WorkLists
{
    private const int CountersPerLine = 16;

    private readonly int items;
    private readonly int workers;
    private readonly Action<Worker, int> work;
    private readonly CancellationToken cancel;
    private readonly int[] next;
    private readonly TaskCompletionSource completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Exception? failure;
    private int inside;

    public WorkLists(int items, int workers, Action<Worker, int> work, CancellationToken cancel)
    {
        this.items = items;
        this.workers = workers;
        this.work = work;
        this.cancel = cancel;
        Completion = completion.Task;
        next = new int[workers * CountersPerLine];
    }

    /// <summary>
    /// Completes when every item is done, with the first failure if there was one: no item is at work then and none will be, though a worker that was busy elsewhere may still
    /// look in and find nothing.
    /// </summary>
    public Task Completion { get; }

    /// <summary>Works on the own list and then on what is left of the others. Throws nothing.</summary>
    /// <param name="list">Number of the own list.</param>
    /// <param name="workspace">Gives the worker's workspace.</param>
    public void Drain(int list, Func<Worker> workspace)
    {
        Interlocked.Increment(ref inside);
        if (Completion.IsCompleted)
            return;
        try
        {
            Worker worker = workspace();
            for (int i = 0; i < workers; i++)
                DrainList(worker, (list + i) % workers);
        }
        catch (Exception e)
        {
            // The others stop at their next item instead of finishing work whose result nobody will read.
            Interlocked.CompareExchange(ref failure, e, null);
        }

        // Who leaves has found every list empty, or has failed, and either keeps whoever comes later from taking an item: the last one inside has done the last item.
        if (Interlocked.Decrement(ref inside) == 0)
            Complete();
    }

    private void DrainList(Worker worker, int list)
    {
        ref int counter = ref next[list * CountersPerLine];
        for (int item = Take(ref counter, list); item < items; item = Take(ref counter, list))
        {
            cancel.ThrowIfCancellationRequested();
            if (Volatile.Read(ref failure) is not null)
                return;
            work(worker, item);
            worker.MeasureMemory();
        }
    }

    private int Take(ref int counter, int list) => list + ((Interlocked.Increment(ref counter) - 1) * workers);

    private void Complete()
    {
        // Try: a worker that came late and found nothing leaves as the last one, too.
        if (failure is null)
            completion.TrySetResult();
        else if (failure is OperationCanceledException && cancel.IsCancellationRequested)
            completion.TrySetCanceled(cancel);
        else
            completion.TrySetException(failure);
    }
}
