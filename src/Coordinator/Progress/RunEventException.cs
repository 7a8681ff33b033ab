namespace Federated.Coordinator.Progress;

/// <summary>What a coordinator told about a run cannot be understood; the message names what, and the way out.</summary>
public sealed class RunEventException(string message, Exception? inner = null) : Exception(message, inner);
