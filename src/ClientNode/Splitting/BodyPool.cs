using Federated.Methods.Splitting;
using Google.Protobuf;

namespace Federated.ClientNode.Splitting;

/// <summary>
/// Few workspaces for many sessions. A message takes a workspace for as long as it is computed; after a forward pass the workspace waits for the backward pass, whose activations it holds. When others wait, it
/// waits no longer than the host's patience: then it goes to the next message, and the session computes its forward pass again when its backward pass comes. So no session can keep another one from its turn, however
/// many there are and however slow their clients: a session that waits for a workspace holds none. Safe for several threads.
/// </summary>
internal sealed class BodyPool : IDisposable
{
    // Rounds up what is left, so that the alarm never goes off before its time.
    private static readonly TimeSpan ShortestWait = TimeSpan.FromMilliseconds(1);

    private readonly Lock gate = new();
    private readonly TimeProvider time;
    private readonly TimeSpan patience;
    private readonly BodyWorkspace[] workspaces;
    private readonly LinkedList<BodyTurn> waiting = [];
    private readonly ITimer alarm;
    private bool isDisposed;

    /// <summary>A pool whose workspaces are built when they are first needed.</summary>
    public BodyPool(SplitHostOptions options)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Workspaces, 1);
        time = options.Time;
        patience = options.Patience;
        workspaces = [.. Enumerable.Range(0, options.Workspaces).Select(static number => new BodyWorkspace(number))];
        alarm = time.CreateTimer(_ => LookAgain(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>How often a workspace was taken from a session whose client thought for too long.</summary>
    public int Taken { get; private set; }

    /// <summary>Messages that wait for a workspace.</summary>
    public int Waiting
    {
        get
        {
            lock (gate)
                return waiting.Count;
        }
    }

    /// <summary>Computes the reply to a session's message. One message of a session at a time.</summary>
    public Task<ByteString> RunAsync(BodySeat seat, int number, SplitLeg leg, ReadOnlyMemory<byte> payload)
    {
        var turn = new BodyTurn(seat, number, leg, payload);
        lock (gate)
        {
            ObjectDisposedException.ThrowIf(isDisposed, this);
            bool isHeld = seat.Home?.Holder == seat;
            if (isHeld && leg == SplitLeg.Backward)
            {
                Start(seat.Home!, turn);
            }
            else
            {
                // A forward pass behind a forward pass, as of a body without gradients: nobody waits for its activations, and others may be before it.
                if (isHeld)
                    seat.Home!.Holder = null;
                waiting.AddLast(turn);
                Dispatch();
            }
        }

        return turn.Reply;
    }

    /// <summary>The session is over: what it waits for is not computed, and the workspace that waits for it is free.</summary>
    public void Release(BodySeat seat)
    {
        seat.End();
        lock (gate)
        {
            if (isDisposed)
                return;
            for (LinkedListNode<BodyTurn>? node = waiting.First, next; node is not null; node = next)
            {
                next = node.Next;
                if (node.Value.Seat != seat)
                    continue;
                node.Value.Fail(new OperationCanceledException(seat.Over));
                waiting.Remove(node);
            }

            if (seat.Home is { } home && home.Holder == seat)
                home.Holder = null;
            Dispatch();
        }
    }

    /// <summary>No session of the body comes any more: its memory is given back.</summary>
    public void Forget(ISplitBody body)
    {
        lock (gate)
        {
            foreach (BodyWorkspace workspace in workspaces)
            {
                if (workspace.IsBusy)
                    workspace.IsUnwanted = true; // it may be another body's: that one's memory is made anew
                else if (workspace.IsBuiltFor(body) && !isDisposed)
                    Clear(workspace);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (gate)
        {
            if (isDisposed)
                return;
            isDisposed = true;
            foreach (BodyTurn turn in waiting)
                turn.Fail(new OperationCanceledException());
            waiting.Clear();
        }

        alarm.Dispose();
        foreach (BodyWorkspace workspace in workspaces)
            workspace.Dispose();
    }

    private void LookAgain()
    {
        lock (gate)
        {
            if (!isDisposed)
                Dispatch();
        }
    }

    private void Dispatch()
    {
        while (waiting.First is { } first && Choose(first.Value.Seat) is { } workspace)
        {
            waiting.RemoveFirst();
            Start(workspace, first.Value);
        }

        SetAlarm();
    }

    private void SetAlarm()
    {
        TimeSpan wait = Timeout.InfiniteTimeSpan;
        foreach (BodyWorkspace workspace in workspaces)
        {
            if (waiting.Count == 0 || workspace.IsBusy)
                continue;
            TimeSpan left = patience - time.GetElapsedTime(workspace.HeldSince);
            left = left > ShortestWait ? left : ShortestWait;
            wait = wait == Timeout.InfiniteTimeSpan || left < wait ? left : wait;
        }

        alarm.Change(wait, Timeout.InfiniteTimeSpan);
    }

    // A workspace that waits for nobody: first the one where the session was, which may have its values still, then one with memory for its body. Then the one that has been waiting longest, too long.
    private BodyWorkspace? Choose(BodySeat seat)
    {
        BodyWorkspace? best = null;
        foreach (BodyWorkspace workspace in workspaces)
        {
            if (workspace.IsBusy || workspace.Holder is not null)
                continue;
            if (workspace == seat.Home)
                return workspace;
            if (best is null || (!best.IsBuiltFor(seat.Body) && workspace.IsBuiltFor(seat.Body)))
                best = workspace;
        }

        if (best is not null)
            return best;
        best = workspaces.Where(workspace => !workspace.IsBusy && time.GetElapsedTime(workspace.HeldSince) >= patience).MinBy(static workspace => workspace.HeldSince);
        Taken += best is null ? 0 : 1;
        return best;
    }

    private void Start(BodyWorkspace workspace, BodyTurn turn)
    {
        workspace.IsBusy = true;
        workspace.Holder = null;
        turn.Seat.Home = workspace;
        workspace.Start(() => Work(workspace, turn));
    }

    private void Work(BodyWorkspace workspace, BodyTurn turn)
    {
        ByteString? reply = null;
        Exception? problem = null;
        try
        {
            reply = workspace.Exchange(turn);
        }
        catch (Exception caught)
        {
            problem = caught;
        }

        bool isHeld = problem is null && turn.Leg == SplitLeg.Forward && !turn.Seat.Over.IsCancellationRequested;
        Free(workspace, isHeld ? turn.Seat : null);
        if (reply is not null)
            turn.Complete(reply);
        else
            turn.Fail(problem!);
    }

    private void Clear(BodyWorkspace workspace)
    {
        workspace.IsBusy = true;
        workspace.IsUnwanted = false;
        workspace.Holder = null;
        workspace.Start(() =>
        {
            workspace.Clear();
            Free(workspace, holder: null);
        });
    }

    private void Free(BodyWorkspace workspace, BodySeat? holder)
    {
        lock (gate)
        {
            if (isDisposed)
                return;
            if (workspace.IsUnwanted)
            {
                Clear(workspace);
                return;
            }

            workspace.IsBusy = false;
            workspace.Holder = holder is { Over.IsCancellationRequested: false } ? holder : null;
            workspace.HeldSince = time.GetTimestamp();
            Dispatch();
        }
    }
}
