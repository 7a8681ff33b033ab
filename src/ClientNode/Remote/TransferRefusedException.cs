namespace Federated.ClientNode.Remote;

/// <summary>Something does not cross, now or later; the message says what and why.</summary>
internal sealed class TransferRefusedException(string message, Exception? inner = null) : Exception(message, inner);
