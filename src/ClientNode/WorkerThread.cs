using Federated.Methods.Clients;

namespace Federated.ClientNode;

/// <summary>One worker: a thread that sleeps in the operating system until there is work, and its workspace, which it builds itself when it first works.</summary>
internal sealed class WorkerThread : IDisposable
{
    private readonly ExperimentContext context;
    private readonly int slot;
    private readonly AutoResetEvent wake = new(initialState: false);
    private readonly Lock gate = new();
    private readonly Queue<(WorkLists Work, int List)> pieces = [];
    private Thread? thread;
    private Worker? worker;
    private volatile bool stopping;
    private int pending;

    public WorkerThread(ExperimentContext context, int slot)
    {
        this.context = context;
        this.slot = slot;
    }

    /// <summary>Most bytes that the workspace has held, 0 before it is built.</summary>
    public long PeakBytes => worker?.PeakBytes ?? 0;

    /// <summary>Pieces of work that it is at or that wait for it.</summary>
    public int Pending => Volatile.Read(ref pending);

    /// <summary>Makes the thread work on a list when it is through with what it was given before. Calls come one at a time.</summary>
    public void Start(WorkLists work, int list)
    {
        ObjectDisposedException.ThrowIf(stopping, this);
        lock (gate)
            pieces.Enqueue((work, list));
        Interlocked.Increment(ref pending);
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
            while (TryTake(out (WorkLists Work, int List) piece))
            {
                piece.Work.Drain(piece.List, workspace);
                Interlocked.Decrement(ref pending);
            }
        }
    }

    private bool TryTake(out (WorkLists Work, int List) piece)
    {
        lock (gate)
            return pieces.TryDequeue(out piece);
    }
}
