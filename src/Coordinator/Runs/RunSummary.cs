using System.Collections.Immutable;

namespace Federated.Coordinator.Runs;

/// <summary>The result of a run: <c>summary.json</c>.</summary>
public sealed record RunSummary
{
    /// <summary>Name of the experiment.</summary>
    public required string Name { get; init; }

    /// <summary>Name of the method.</summary>
    public required string Method { get; init; }

    /// <summary>Name of the network.</summary>
    public required string Model { get; init; }

    /// <summary>Name of the data set.</summary>
    public required string Dataset { get; init; }

    /// <summary>The experiment's seed.</summary>
    public required ulong Seed { get; init; }

    /// <summary>Completed rounds.</summary>
    public required int Rounds { get; init; }

    /// <summary>Rounds the experiment asks for; more than <see cref="Rounds"/> when the run was interrupted.</summary>
    public required int RoundsPlanned { get; init; }

    /// <summary>Number of simulated clients.</summary>
    public required int Clients { get; init; }

    /// <summary>Kept share of the weights that may be pruned, at the end.</summary>
    public required double Density { get; init; }

    /// <summary>Trainable values of the dense model.</summary>
    public required long Parameters { get; init; }

    /// <summary>Trainable values that exist at the end.</summary>
    public required long ParametersKept { get; init; }

    /// <summary>Test accuracy after the last round, 0…1.</summary>
    public required double FinalAccuracy { get; init; }

    /// <summary>Best test accuracy of any round, 0…1.</summary>
    public required double BestAccuracy { get; init; }

    /// <summary>Payload bytes from clients to the server.</summary>
    public required long BytesUp { get; init; }

    /// <summary>Payload bytes from the server to clients.</summary>
    public required long BytesDown { get; init; }

    /// <summary>Payload bytes by direction and kind, e.g. <c>down/mask</c>.</summary>
    public required ImmutableSortedDictionary<string, long> BytesByKind { get; init; }

    /// <summary>Floating-point operations of the busiest client in its busiest round.</summary>
    public required double FlopsPerClientRound { get; init; }

    /// <summary>The same client round with a dense model, or null when the method did not count it.</summary>
    public double? DenseFlopsPerClientRound { get; init; }

    /// <summary>Largest training state of a client by the method's formula, in bytes, activations not counted.</summary>
    public required long PeakClientMemoryBytes { get; init; }

    /// <summary>The same training state for a dense model, in bytes, or null when the method did not count it.</summary>
    public long? DenseClientMemoryBytes { get; init; }

    /// <summary>Activations of one training batch, in bytes: what the method's formula leaves out.</summary>
    public required long ActivationBytes { get; init; }

    /// <summary>Most bytes that one worker's arena held in this invocation, measured: activations of a batch with their gradients, trainable values with theirs, optimiser state.</summary>
    public required long WorkerArenaBytes { get; init; }

    /// <summary>Names of the prunable tensors, in the order of <see cref="RoundRecord.LayerDensities"/>; empty when they were not recorded.</summary>
    public ImmutableArray<string> LayerNames { get => field.IsDefault ? [] : field; init; } = [];

    /// <summary>Seconds on the simulated devices.</summary>
    public required double VirtualSeconds { get; init; }

    /// <summary>Seconds the simulation took, over all invocations that continued this run.</summary>
    public required double WallSeconds { get; init; }

    /// <summary>SHA-256 of the final model: mask, values and running statistics.</summary>
    public required string ModelSha256 { get; init; }

    /// <summary>SHA-256 of the ledger in canonical form.</summary>
    public required string LedgerSha256 { get; init; }

    /// <summary>Version of the program that wrote the run.</summary>
    public required string Version { get; init; }
}
