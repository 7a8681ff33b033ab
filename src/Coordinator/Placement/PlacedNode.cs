namespace Federated.Coordinator.Placement;

/// <summary>A node during a phase.</summary>
/// <param name="task">The phase's task.</param>
/// <param name="known">What is known of the node.</param>
internal sealed class PlacedNode(string task, PlacementNode known)
{
    private TimeModel model = known.Model;

    /// <summary>Its name.</summary>
    public string Name { get; } = known.Name;

    /// <summary>Clients that it trains at the same time.</summary>
    public int Slots { get; private set; } = Math.Max(1, known.Slots);

    /// <summary>Seconds of one slot per operation.</summary>
    public double Pace { get; private set; } = known.Model.SecondsPerOperation(task);

    /// <summary>Operations per second of all slots.</summary>
    public double Rate => Slots / Pace;

    /// <summary>Whether messages reach it.</summary>
    public bool Connected { get; set; } = true;

    /// <summary>Whether it gets nothing more of this run.</summary>
    public bool Excluded { get; set; }

    /// <summary>Until when it is given nothing, because it gave a list back unasked: it is about to end, or has no room.</summary>
    public TimeSpan DeclinesUntil { get; set; } = TimeSpan.MinValue;

    /// <summary>The lists that it has, in the order in which they were sent, which is the order in which it works.</summary>
    public List<Holding> Holdings { get; } = [];

    /// <summary>Lists that it was given in this phase.</summary>
    public int ListsSent { get; set; }

    /// <summary>The list that another node was asked to give back for this one, or null.</summary>
    public PlacedList? WaitsFor { get; set; }

    /// <summary>The list that it has and has not begun, or null.</summary>
    public Holding? Ahead => Holdings.Count > 0 && Holdings[^1].Started is null ? Holdings[^1] : null;

    /// <summary>It came back, perhaps with other slots.</summary>
    public void Rejoin(PlacementNode node)
    {
        model = node.Model;
        Slots = Math.Max(1, node.Slots);
        Pace = node.Model.SecondsPerOperation(task);
        Connected = true;
        DeclinesUntil = TimeSpan.MinValue;
    }

    /// <summary>Learns from a list that was counted.</summary>
    public void Learn(double operations, double slotSeconds)
    {
        model = model.Learn(task, operations, slotSeconds);
        Pace = model.SecondsPerOperation(task);
    }

    /// <summary>Whether it may be given work: it is there, may work on this run, and is not silent over a list.</summary>
    public bool IsUsable(TimeSpan now)
    {
        if (!Connected || Excluded || now < DeclinesUntil)
            return false;
        foreach (Holding holding in Holdings)
        {
            if (holding.IsLate(now))
                return false;
        }

        return true;
    }

    /// <summary>Seconds until it is through with what it has.</summary>
    public double FreeIn(TimeSpan now)
    {
        double seconds = 0;
        foreach (Holding holding in Holdings)
            seconds += holding.Remaining(now);
        return seconds;
    }
}
