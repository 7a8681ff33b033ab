namespace Federated.ClientNode.Remote;

/// <summary>Something does not cross, now or later; the message says what and why.</summary>
internal sealed class TransferRefusedException(string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>Whether the coordinator has no use for it any more: the list has been answered by another node, or is of a round that is over.</summary>
    public bool IsUnwanted { get; init; }
}
