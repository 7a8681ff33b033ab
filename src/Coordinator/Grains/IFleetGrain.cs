using System.Collections.Immutable;

namespace Federated.Coordinator.Grains;

/// <summary>Who is there and what is to be done: one for a coordinator, with the key <see cref="OnlyKey"/>.</summary>
internal interface IFleetGrain : IGrain
{
    /// <summary>The key of the only fleet.</summary>
    const string OnlyKey = "fleet";

    /// <summary>Puts a run at the end of the queue, unless it is in it.</summary>
    Task EnqueueAsync(string run);

    /// <summary>The run that is to be driven now, or null. It stays in front of the queue, across restarts, until it is removed.</summary>
    Task<string?> NextRunAsync();

    /// <summary>The run is over: the next one's turn.</summary>
    Task RemoveAsync(string run);

    /// <summary>All runs in the order in which they were submitted first.</summary>
    Task<ImmutableArray<string>> RunsAsync();

    /// <summary>A number that no start of any run had before.</summary>
    Task<uint> NextEpochAsync();

    /// <summary>A node's stream is open.</summary>
    Task NodeConnectedAsync(string node, ulong session);

    /// <summary>A node's stream is gone. False when a later one is open: then nothing changed.</summary>
    Task<bool> NodeDisconnectedAsync(string node, ulong session);

    /// <summary>Every node that ever registered, by name, and whether it is there.</summary>
    Task<ImmutableArray<FleetMember>> NodesAsync();
}
