namespace Federated.Coordinator.Placement;

/// <summary>Who has what during a phase. It keeps the books; what is to be done is for <see cref="PlacementPlanner"/> to say.</summary>
/// <param name="task">The phase's task.</param>
/// <param name="options">What placement goes by.</param>
/// <param name="ids">Gives lists their numbers.</param>
internal sealed class PlacementBoard(string task, PlacementOptions options, ListIdSource ids)
{
    /// <summary>What placement goes by.</summary>
    public PlacementOptions Options => options;

    /// <summary>The nodes that are there or are expected back, by name: the order in which they are looked at must not depend on a hash.</summary>
    public SortedDictionary<string, PlacedNode> Nodes { get; } = new(StringComparer.Ordinal);

    /// <summary>All lists of the phase, by number, those that are over too.</summary>
    public SortedDictionary<ulong, PlacedList> Lists { get; } = [];

    /// <summary>The clients that no list has.</summary>
    public ClientPool Pool { get; } = new();

    /// <summary>A node for this phase.</summary>
    public PlacedNode AddNode(PlacementNode known)
    {
        var node = new PlacedNode(task, known);
        Nodes.Add(node.Name, node);
        return node;
    }

    /// <summary>Makes a list of clients from the pool and gives it to a node.</summary>
    public PlacementAction HandOut(PlacedNode node, PhaseClient[] clients, TimeSpan now)
    {
        Pool.Remove(clients);
        var list = new PlacedList(ids.Next(), clients);
        Lists.Add(list.Id, list);
        node.ListsSent++;
        return Give(node, list, now);
    }

    /// <summary>Gives a list to a node, whether or not others have it.</summary>
    public PlacementAction Give(PlacedNode node, PlacedList list, TimeSpan now)
    {
        bool copy = list.Holdings.Count > 0;
        var holding = new Holding(list, node, now, ListSizing.Span(list.Clients, node.Slots) * node.Pace);
        list.Holdings.Add(holding);
        node.Holdings.Add(holding);
        holding.Deadline = now + Lease(node.FreeIn(now));
        return new SendList(node.Name, new PlacementList(list.Id, [.. list.Clients.Select(client => client.Client)], list.Operations, Lease(holding.Seconds), copy));
    }

    /// <summary>The node does not have the list any more. When nobody has it and nobody's answer to it is being counted, its clients go back to the pool.</summary>
    public void Release(Holding holding)
    {
        Remove(holding);
        if (holding.List.State == ListState.HandedOut && holding.List.Holdings.Count == 0)
            Dissolve(holding.List);
    }

    /// <summary>The node does not have the list any more; what becomes of the list is for the caller.</summary>
    public void Remove(Holding holding)
    {
        holding.List.Holdings.Remove(holding);
        holding.Node.Holdings.Remove(holding);
        EndRevocation(holding);
    }

    /// <summary>The list is over without an answer: its clients go back to the pool.</summary>
    public void Dissolve(PlacedList list)
    {
        list.State = ListState.Dissolved;
        Pool.Add(list.Clients);
    }

    /// <summary>The question whether the node gives the list back is answered, or void.</summary>
    public void EndRevocation(Holding holding)
    {
        holding.EndRevocation();
        foreach (PlacedNode node in Nodes.Values)
        {
            if (node.WaitsFor == holding.List)
                node.WaitsFor = null;
        }
    }

    /// <summary>The node got on with a list: that list and those behind it have time again.</summary>
    public void Renew(Holding progressed, TimeSpan now)
    {
        double wait = 0;
        foreach (Holding holding in progressed.Node.Holdings)
        {
            wait += holding.Remaining(now);
            if (holding == progressed || (holding.Started is null && !holding.Revoking))
                holding.Deadline = now + Lease(wait);
        }
    }

    /// <summary>When the node is far behind its model with the list, or null when it has not begun it.</summary>
    public TimeSpan? BehindAt(Holding holding) =>
        holding.Started is { } started ? started + Seconds(holding.Seconds) + Longer(Seconds((options.BehindFactor - 1) * holding.Seconds), options.BehindConstant) : null;

    private TimeSpan Lease(double seconds)
    {
        TimeSpan lease = Seconds(options.LeaseFactor * seconds) + options.LeaseConstant;
        return lease < options.LongestLease ? lease : options.LongestLease;
    }

    // Bounded, so that an absurd model does not overflow a time.
    private static TimeSpan Seconds(double seconds) => TimeSpan.FromSeconds(Math.Min(seconds, 1e8));

    private static TimeSpan Longer(TimeSpan a, TimeSpan b) => a > b ? a : b;
}
