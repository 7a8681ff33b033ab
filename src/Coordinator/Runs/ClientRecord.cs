using System.Collections.Immutable;

namespace Federated.Coordinator.Runs;

/// <summary>One simulated client as the run saw it: an element of <c>clients.json</c>.</summary>
public sealed record ClientRecord
{
    /// <summary>Number of the client, from 0.</summary>
    public required int Id { get; init; }

    /// <summary>Samples that the client trains on.</summary>
    public required int TrainingSamples { get; init; }

    /// <summary>Samples kept aside as the client's development set.</summary>
    public required int DevelopmentSamples { get; init; }

    /// <summary>Number of the client's samples, training and development, per class.</summary>
    public required ImmutableArray<int> ClassCounts { get; init; }

    /// <summary>Name of the device profile.</summary>
    public required string Device { get; init; }
}
