namespace Federated.Coordinator.Placement;

/// <summary>Clients dealt to the slots of a node, each to the slot with least work.</summary>
/// <param name="slots">Number of slots, at least 1.</param>
internal sealed class SlotLoads(int slots)
{
    private readonly double[] loads = new double[slots];

    /// <summary>Operations of the busiest slot.</summary>
    public double Busiest { get; private set; }

    /// <summary>Gives a client to the slot with least work.</summary>
    public void Add(double operations)
    {
        int slot = 0;
        for (int other = 1; other < loads.Length; other++)
            slot = loads[other] < loads[slot] ? other : slot;
        loads[slot] += operations;
        Busiest = Math.Max(Busiest, loads[slot]);
    }
}
