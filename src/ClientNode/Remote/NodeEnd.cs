namespace Federated.ClientNode.Remote;

/// <summary>Why a node ended in good order.</summary>
public enum NodeEndKind
{
    /// <summary>It was asked to stop, and has finished or given back what it had in hand.</summary>
    Stopped,

    /// <summary>The coordinator needs it no more.</summary>
    ShutDown,
}

/// <summary>The end of a node.</summary>
/// <param name="Kind">Why.</param>
/// <param name="Reason">For people.</param>
public sealed record NodeEnd(NodeEndKind Kind, string Reason);
