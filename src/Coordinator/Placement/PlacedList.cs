namespace Federated.Coordinator.Placement;

/// <summary>A list of clients and who has it.</summary>
/// <param name="id">Its number.</param>
/// <param name="clients">Those with most work first.</param>
internal sealed class PlacedList(ulong id, PhaseClient[] clients)
{
    /// <summary>Its number.</summary>
    public ulong Id => id;

    /// <summary>Those with most work first.</summary>
    public PhaseClient[] Clients => clients;

    /// <summary>Operations of all clients.</summary>
    public double Operations { get; } = clients.Sum(client => client.Operations);

    /// <summary>The nodes that have it and have not answered: usually one, more when the first one is late.</summary>
    public List<Holding> Holdings { get; } = [];

    /// <summary>Where it is in its life.</summary>
    public ListState State { get; set; }

    /// <summary>The node whose answer is being, or was, counted.</summary>
    public string? AnsweredBy { get; set; }

    /// <summary>What that node had it as.</summary>
    public Holding? Answered { get; set; }

    /// <summary>Slot-seconds of the answer that is being counted, as far as they can be believed.</summary>
    public double SlotSeconds { get; set; }

    /// <summary>The holding of that node, or null.</summary>
    public Holding? HoldingOf(string node)
    {
        foreach (Holding holding in Holdings)
        {
            if (holding.Node.Name == node)
                return holding;
        }

        return null;
    }

    /// <summary>Share of the work that is done when the first <paramref name="done"/> clients are; the fraction counts for the next one.</summary>
    public double ShareOf(double done)
    {
        double operations = 0;
        for (int i = 0; i < clients.Length && i < done; i++)
            operations += clients[i].Operations * Math.Min(1, done - i);
        return Math.Min(1, operations / Operations);
    }
}
