namespace Federated.Coordinator.Placement;

/// <summary>The arithmetic of shares and lists.</summary>
internal static class ListSizing
{
    // An idle slot weighs more than a list of another size than asked for.
    private const double IdleWeight = 3;

    /// <summary>
    /// When nodes that are free at given times and work at given rates are through with <paramref name="operations"/> more, all at the same time: the level of water poured
    /// into vessels with steps. A node that is free later than that gets nothing.
    /// </summary>
    /// <param name="nodes">For each node the seconds until it is free and its operations per second; sorted by the former here.</param>
    /// <param name="operations">Work to be done.</param>
    public static double CommonEnd(Span<(double Free, double Rate)> nodes, double operations)
    {
        nodes.Sort(static (a, b) => a.Free.CompareTo(b.Free));
        double rate = 0;
        double capacity = 0; // Σ rate × free of the nodes that take part
        double end = double.PositiveInfinity;
        foreach ((double free, double nodeRate) in nodes)
        {
            if (free >= end)
                break;
            rate += nodeRate;
            capacity += nodeRate * free;
            end = (operations + capacity) / rate;
        }

        return end;
    }

    /// <summary>
    /// How many of the first clients make a list: their work is near the budget and fills the slots evenly; at least one. Clients are in order of falling work, which with every
    /// client on the least loaded slot is the rule of the longest processing time first (Graham 1969), so that a slot idles for less than the last client.
    /// </summary>
    /// <param name="clients">Clients to choose from, most work first.</param>
    /// <param name="budget">Operations that the list should have.</param>
    /// <param name="limit">Operations that it should not exceed by more than half a client.</param>
    /// <param name="slots">Slots of the node.</param>
    public static int Choose(ReadOnlySpan<PhaseClient> clients, double budget, double limit, int slots)
    {
        int chosen = 0;
        double best = double.PositiveInfinity;
        double sum = 0;
        var loads = new SlotLoads(Math.Min(slots, clients.Length));
        for (int count = 1; count <= clients.Length; count++)
        {
            double operations = clients[count - 1].Operations;
            sum += operations;
            if (count > 1 && (sum - (operations / 2) > limit || (sum > 2 * budget && count > slots)))
                break;
            loads.Add(operations);
            double idle = 1 - (sum / (slots * loads.Busiest));
            double badness = (Math.Abs(sum - budget) / budget) + (IdleWeight * idle);
            if (badness < best)
                (best, chosen) = (badness, count);
        }

        return chosen;
    }

    /// <summary>Operations of the busiest slot when these clients are worked on, most work first.</summary>
    public static double Span(ReadOnlySpan<PhaseClient> clients, int slots)
    {
        var loads = new SlotLoads(Math.Min(slots, clients.Length));
        foreach (PhaseClient client in clients)
            loads.Add(client.Operations);
        return loads.Busiest;
    }
}
