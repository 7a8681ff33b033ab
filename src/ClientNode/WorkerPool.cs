using Federated.Methods.Clients;

namespace Federated.ClientNode;

/// <summary>
/// A fixed number of workers. Items are taken from one counter by whichever worker is free, so that a slow item delays only itself.
/// Workspaces are built when first needed: an experiment with one client never pays for two.
/// </summary>
public sealed class WorkerPool : IWorkerPool, IDisposable
{
    private readonly ExperimentContext context;
    private readonly Worker?[] workers;

    /// <summary>A pool of <paramref name="count"/> workers for the experiment.</summary>
    public WorkerPool(ExperimentContext context, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        this.context = context;
        workers = new Worker?[count];
    }

    /// <summary>Number of workers.</summary>
    public int Count => workers.Length;

    /// <summary>Bytes of one worker's arena, 0 before the first is built.</summary>
    public long ArenaBytes => workers.Max(static w => w?.Network.ArenaBytes ?? 0);

    /// <inheritdoc/>
    public async Task RunAsync(int items, Action<Worker, int> work, CancellationToken cancel)
    {
        int next = -1;
        using var failed = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        await Task.WhenAll(Enumerable.Range(0, Math.Min(workers.Length, items)).Select(slot => Task.Factory.StartNew(
            () => Drain(slot),
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default)));

        void Drain(int slot)
        {
            try
            {
                Worker worker = workers[slot] ??= new Worker(context);
                for (int item = Interlocked.Increment(ref next); item < items; item = Interlocked.Increment(ref next))
                {
                    failed.Token.ThrowIfCancellationRequested();
                    work(worker, item);
                }
            }
            catch
            {
                // The others stop at their next item instead of finishing work whose result nobody will read.
                failed.Cancel();
                throw;
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Worker? worker in workers)
            worker?.Dispose();
    }
}
