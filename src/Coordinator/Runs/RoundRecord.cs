using System.Collections.Immutable;

namespace Federated.Coordinator.Runs;

/// <summary>One completed round: a line of <c>rounds.jsonl</c>. Everything but <see cref="WallSeconds"/> is a function of the experiment and its seed.</summary>
public sealed record RoundRecord
{
    /// <summary>Number of the round, from 1.</summary>
    public required int Round { get; init; }

    /// <summary>Test accuracy after the round, 0…1, or null when the round was not evaluated.</summary>
    public double? Accuracy { get; init; }

    /// <summary>Mean test loss after the round, or null.</summary>
    public double? Loss { get; init; }

    /// <summary>Mean loss of the clients over their training steps, weighted by samples, or null.</summary>
    public double? TrainingLoss { get; init; }

    /// <summary>Kept share of the weights that may be pruned, 0…1.</summary>
    public required double Density { get; init; }

    /// <summary>Kept share per prunable tensor, in the order of the layout.</summary>
    public required ImmutableArray<double> LayerDensities { get; init; }

    /// <summary>Kept weights that are new since the round before; 0 while the mask stands.</summary>
    public required int MaskGrown { get; init; }

    /// <summary>Clients that took part.</summary>
    public required int Clients { get; init; }

    /// <summary>Payload bytes from clients to the server in this round.</summary>
    public required long BytesUp { get; init; }

    /// <summary>Payload bytes from the server to clients in this round.</summary>
    public required long BytesDown { get; init; }

    /// <summary>Payload bytes by kind, e.g. <c>up/sparseValues</c>.</summary>
    public required ImmutableSortedDictionary<string, long> BytesByKind { get; init; }

    /// <summary>Floating-point operations of the busiest client in this round.</summary>
    public required double FlopsPerClient { get; init; }

    /// <summary>Floating-point operations of the server's part of a cut model for all clients in this round; 0 where no model is cut.</summary>
    public double ServerFlops { get; init; }

    /// <summary>Seconds the round takes on the simulated devices: per phase the slowest client with what the server computes for it, summed.</summary>
    public required double VirtualSeconds { get; init; }

    /// <summary>Seconds the simulation took. Not part of any hash.</summary>
    public double WallSeconds { get; init; }
}
