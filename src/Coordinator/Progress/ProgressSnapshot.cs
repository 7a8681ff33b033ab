using System.Collections.Immutable;
using Federated.Coordinator.Runs;

namespace Federated.Coordinator.Progress;

/// <summary>How far one client is with its task, in training steps.</summary>
internal sealed record ClientBar(int Client, int Done, int Total);

/// <summary>A run as it stands at one moment.</summary>
internal sealed record ProgressSnapshot
{
    /// <summary>Experiment, method, network, data and size in one line.</summary>
    public required string Title { get; init; }

    /// <summary>The run folder.</summary>
    public required string Folder { get; init; }

    /// <summary>What is being done just now.</summary>
    public required string Activity { get; init; }

    /// <summary>Rounds the experiment asks for.</summary>
    public required int Rounds { get; init; }

    /// <summary>Rounds that are complete.</summary>
    public required int Completed { get; init; }

    /// <summary>The last complete round, or null.</summary>
    public required RoundRecord? Last { get; init; }

    /// <summary>Accuracy of the last evaluation, or null.</summary>
    public required double? Accuracy { get; init; }

    /// <summary>Best accuracy so far, or null.</summary>
    public required double? BestAccuracy { get; init; }

    /// <summary>Accuracies of the last evaluations, oldest first.</summary>
    public required ImmutableArray<double> Accuracies { get; init; }

    /// <summary>Bytes from clients to the server in all complete rounds.</summary>
    public required long BytesUp { get; init; }

    /// <summary>Bytes from the server to clients in all complete rounds.</summary>
    public required long BytesDown { get; init; }

    /// <summary>Seconds since this invocation began.</summary>
    public required double SecondsElapsed { get; init; }

    /// <summary>Estimated seconds until the last round is complete, or null before a round is complete.</summary>
    public required double? SecondsLeft { get; init; }

    /// <summary>Clients that the phase under way asked; 0 between phases.</summary>
    public required int PhaseClients { get; init; }

    /// <summary>Clients whose answers have arrived.</summary>
    public required int PhaseFinished { get; init; }

    /// <summary>The last thing that a person should know; empty when there was none.</summary>
    public string Notice { get; init; } = "";

    /// <summary>Clients at work, by number; as many as were asked for.</summary>
    public required ImmutableArray<ClientBar> Working { get; init; }
}
