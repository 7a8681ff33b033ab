namespace Federated.Coordinator.Placement;

/// <summary>A client during a phase.</summary>
internal sealed class PhaseClient(int client, double operations)
{
    private List<string>? avoided;

    /// <summary>Number of the client.</summary>
    public int Client => client;

    /// <summary>Operations of its task.</summary>
    public double Operations => operations;

    /// <summary>Times that a node could not do it.</summary>
    public int Failures { get; set; }

    /// <summary>A node said that its training diverged.</summary>
    public bool Diverged { get; set; }

    /// <summary>Whether any node is to be avoided.</summary>
    public bool AvoidsAny => avoided is not null;

    /// <summary>Whether the client went wrong on that node, so that another is better.</summary>
    public bool Avoids(string node) => avoided is not null && avoided.Contains(node);

    /// <summary>The client went wrong on that node.</summary>
    public void Avoid(string node)
    {
        if (!Avoids(node))
            (avoided ??= []).Add(node);
    }

    /// <summary>Most work first; clients with the same work by number.</summary>
    public static int MostWorkFirst(PhaseClient a, PhaseClient b)
    {
        int byWork = b.Operations.CompareTo(a.Operations);
        return byWork != 0 ? byWork : a.Client.CompareTo(b.Client);
    }
}
