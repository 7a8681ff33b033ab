namespace Federated.Methods.Clients;

/// <summary>Whose part of a client's state it is. In files of running experiments: never renumber, only append.</summary>
public enum ClientStateKey : byte
{
    /// <summary>What data pruning remembers of the samples.</summary>
    DataPruning = 1,

    /// <summary>The values of its part of a model that is cut, where each client trains its own.</summary>
    PrivateValues = 2,
}
