namespace Federated.Coordinator.CommandLine;

/// <summary>A coordinator does not answer, now: it may be starting, or the network may be down. Who has spoken to it before tries again.</summary>
internal sealed class CoordinatorLostException(string message, Exception? inner = null) : Exception(message, inner);
