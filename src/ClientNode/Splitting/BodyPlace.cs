namespace Federated.ClientNode.Splitting;

/// <summary>Where the server's part of a split model runs. It makes no difference to any result.</summary>
public enum BodyPlace
{
    /// <summary>Beside its clients, in the process that trains them.</summary>
    InProcess,

    /// <summary>In the coordinator.</summary>
    Coordinator,

    /// <summary>On the nodes that run bodies for others.</summary>
    Nodes,
}
