namespace Federated.Coordinator.Placement;

/// <summary>A list in the hands of a node.</summary>
/// <param name="list">The list.</param>
/// <param name="node">The node.</param>
/// <param name="sent">When it was sent.</param>
/// <param name="seconds">How long the node should take for it, by its model at that time.</param>
internal sealed class Holding(PlacedList list, PlacedNode node, TimeSpan sent, double seconds)
{
    // Below this share of the work the first clients say little about the rest.
    private const double TellingShare = 0.2;

    // What is late is expected to take one and a half times its lateness more: the longer something has taken, the longer it takes.
    private const double Overrun = 1.5;

    private TimeSpan lastProgress;
    private double shareDone;

    /// <summary>The list.</summary>
    public PlacedList List => list;

    /// <summary>The node.</summary>
    public PlacedNode Node => node;

    /// <summary>When it was sent.</summary>
    public TimeSpan Sent => sent;

    /// <summary>How long the node should take for it.</summary>
    public double Seconds => seconds;

    /// <summary>When the node began it, or null.</summary>
    public TimeSpan? Started { get; private set; }

    /// <summary>When it is late unless something is heard.</summary>
    public TimeSpan Deadline { get; set; }

    /// <summary>Clients done; a fraction for those at work.</summary>
    public double Done { get; private set; }

    /// <summary>A later list of the node has begun, so that this one is trained and on its way.</summary>
    public bool Trained { get; set; }

    /// <summary>It was asked back, and the node has not said yet whether it gives it.</summary>
    public bool Revoking { get; private set; }

    /// <summary>It was asked back at some time; the question may have been lost, or the answer may be on its way still.</summary>
    public bool WasAskedBack { get; private set; }

    /// <summary>Times that the node announced an answer that was not there.</summary>
    public int LostUploads { get; set; }

    /// <summary>Whether nothing was heard of it for longer than its lease.</summary>
    public bool IsLate(TimeSpan now) => now >= Deadline;

    /// <summary>It is asked back.</summary>
    public void AskBack() => (Revoking, WasAskedBack) = (true, true);

    /// <summary>The node has said whether it gives it back, or will not be waited for.</summary>
    public void EndRevocation() => Revoking = false;

    /// <summary>The node began it.</summary>
    public void Start(TimeSpan now)
    {
        Started ??= now;
        Revoking = false;
    }

    /// <summary>The node got as far as <paramref name="done"/> clients. False when that is no progress.</summary>
    public bool Advance(double done, TimeSpan now)
    {
        done = Math.Min(done, list.Clients.Length);
        if (!(done > Done))
            return false;
        Done = done;
        shareDone = list.ShareOf(done);
        lastProgress = now;
        return true;
    }

    /// <summary>Seconds that the node still needs for it alone.</summary>
    public double Remaining(TimeSpan now)
    {
        if (Trained)
            return 0;
        if (Started is not { } started)
            return seconds;
        double elapsed = (now - started).TotalSeconds;
        double whole = shareDone >= TellingShare ? (lastProgress - started).TotalSeconds / shareDone : seconds;
        return elapsed <= whole ? whole - elapsed : Overrun * (elapsed - whole);
    }
}
