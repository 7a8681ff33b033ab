namespace Federated.Coordinator.Placement;

/// <summary>The clients of a phase that no list has, most work first.</summary>
internal sealed class ClientPool
{
    private readonly List<PhaseClient> clients = [];

    /// <summary>How many they are.</summary>
    public int Count => clients.Count;

    /// <summary>Operations of all of them.</summary>
    public double Operations { get; private set; }

    /// <summary>Most work first.</summary>
    public IReadOnlyList<PhaseClient> Clients => clients;

    /// <summary>Puts clients in, or back.</summary>
    public void Add(IEnumerable<PhaseClient> back)
    {
        clients.AddRange(back);
        clients.Sort(PhaseClient.MostWorkFirst);
        Operations = clients.Sum(client => client.Operations);
    }

    /// <summary>Takes clients out.</summary>
    public void Remove(IEnumerable<PhaseClient> taken)
    {
        var set = new HashSet<PhaseClient>(taken);
        clients.RemoveAll(set.Contains);
        Operations = clients.Sum(client => client.Operations);
    }
}
