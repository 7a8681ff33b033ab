using Federated.Methods.Clients;

namespace Federated.ClientNode;

/// <summary>One worker: a thread that sleeps in the operating system until there is work, and its workspace, which it builds itself when it first works.</summary>
internal sealed class WorkerThread : IDisposable
{
    private readonly ExperimentContext context;
    private readonly int slot;
    private readonly AutoResetEvent wake = new(initialState: false);
    private Thread? thread;
    private Worker? worker;
    private volatile WorkLists? lists;
    private volatile bool stopping;

    public WorkerThread(ExperimentContext context, int slot)
    {
        this.context = context;
        this.slot = slot;
    }

    /// <summary>Most bytes that the workspace has held, 0 before it is built.</summary>
    public long PeakBytes => worker?.PeakBytes ?? 0;

    /// <summary>Makes the thread work on its lists; it must be asleep.</summary>
    public void Start(WorkLists work)
    {
        ObjectDisposedException.ThrowIf(stopping, this);
        lists = work;
        if (thread is null)
        {
            // A background thread: a process that ends in an error does not wait for clients that are still training.
            thread = new Thread(Loop) { IsBackground = true, Name = $"Federated worker {slot}" };
            thread.Start();
        }

        wake.Set();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        stopping = true;
        wake.Set();
        thread?.Join();
        worker?.Dispose();
        wake.Dispose();
    }

    private void Loop()
    {
        Func<Worker> workspace = () => worker ??= new Worker(context);
        while (true)
        {
            wake.WaitOne();
            if (stopping)
                return;
            WorkLists work = lists!;
            lists = null; // what was worked on is not kept alive while the thread sleeps
            work.Drain(slot, workspace);
        }
    }
}
