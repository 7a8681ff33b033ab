namespace Federated.Methods.DataPruning.State;

/// <summary>What a client remembers of its samples cannot be read.</summary>
public sealed class PruningStateException(string message) : Exception(message);
