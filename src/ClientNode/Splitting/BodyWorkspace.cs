using Google.Protobuf;

namespace Federated.ClientNode.Splitting;

/// <summary>The memory of a body's networks and the thread that computes in it. The pool's lock guards what the pool sets; the rest belongs to the thread.</summary>
internal sealed class BodyWorkspace(int number) : IDisposable
{
    private readonly AutoResetEvent wake = new(initialState: false);
    private Thread? thread;
    private Action? work;
    private volatile bool isStopping;
    private IDisposable? memory;
    private ISplitBody? body;

    /// <summary>Whether its thread has something to do.</summary>
    public bool IsBusy { get; set; }

    /// <summary>The session whose backward pass it waits for: its activations are here.</summary>
    public BodySeat? Holder { get; set; }

    /// <summary>Since when it waits.</summary>
    public long HeldSince { get; set; }

    /// <summary>Whether its memory is to be given back as soon as it is not busy.</summary>
    public bool IsUnwanted { get; set; }

    /// <summary>Whether it has memory for this body already. While it is not busy.</summary>
    public bool IsBuiltFor(ISplitBody other) => ReferenceEquals(body, other);

    /// <summary>Has its thread do something. While it is not busy.</summary>
    public void Start(Action action)
    {
        Volatile.Write(ref work, action);
        if (thread is null)
        {
            // A background thread: a process that ends in an error does not wait for it.
            thread = new Thread(Loop) { IsBackground = true, Name = $"Federated body {number}" };
            thread.Start();
        }

        wake.Set();
    }

    /// <summary>Computes a reply, on the workspace's thread.</summary>
    public ByteString Exchange(BodyTurn turn)
    {
        BodySeat seat = turn.Seat;
        seat.Over.ThrowIfCancellationRequested();
        if (!IsBuiltFor(seat.Body))
        {
            Clear();
            memory = seat.Body.CreateWorkspace();
            body = seat.Body;
        }

        // The session's memory is used again: the reply is kept for a node that loses its stream.
        return ByteString.CopyFrom(seat.Session.Exchange(memory!, turn.Number, turn.Leg, turn.Payload, seat.Over).Span);
    }

    /// <summary>Gives the memory back; on the workspace's thread.</summary>
    public void Clear()
    {
        memory?.Dispose();
        (memory, body) = (null, null);
    }

    /// <summary>Ends the thread when it is through with what it does, and gives the memory back.</summary>
    public void Dispose()
    {
        isStopping = true;
        wake.Set();
        thread?.Join();
        Clear();
        wake.Dispose();
    }

    private void Loop()
    {
        while (true)
        {
            wake.WaitOne();
            Interlocked.Exchange(ref work, null)?.Invoke();
            if (isStopping)
                return;
        }
    }
}
