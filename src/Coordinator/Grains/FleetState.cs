using System.Collections.Immutable;

namespace Federated.Coordinator.Grains;

/// <summary>What is kept of the fleet.</summary>
internal sealed record FleetState : GrainState
{
    /// <summary>All runs, in the order in which they were submitted first.</summary>
    public ImmutableArray<string> Runs { get => field.IsDefault ? [] : field; init; } = [];

    /// <summary>Runs that are to be driven, the one under way in front.</summary>
    public ImmutableArray<string> Queue { get => field.IsDefault ? [] : field; init; } = [];

    /// <summary>Every node that ever registered, by name.</summary>
    public ImmutableArray<string> Nodes { get => field.IsDefault ? [] : field; init; } = [];

    /// <summary>The last epoch that was given to a start of a run.</summary>
    public uint Epoch { get; init; }
}
