using Federated.Coordinator.Placement;

namespace Federated.Coordinator.Grains;

/// <summary>What is kept of a node. Saved when it registers, when it goes and at the ends of rounds, those at least some seconds apart.</summary>
internal sealed record NodeState : GrainState
{
    /// <summary>Number of its last stream.</summary>
    public ulong Session { get; init; }

    /// <summary>Number of the process that it last was.</summary>
    public ulong Instance { get; init; }

    /// <summary>Clients that it trains at the same time.</summary>
    public int Slots { get; init; }

    /// <summary>Its memory in bytes, as it says.</summary>
    public ulong MemoryBytes { get; init; }

    /// <summary>Release of its program.</summary>
    public string Release { get; init; } = "";

    /// <summary>How fast it is.</summary>
    public TimeModel Model { get; init; } = new();

    /// <summary>Clients whose answers were counted.</summary>
    public long ClientsDone { get; init; }

    /// <summary>Answers that were counted.</summary>
    public long AnswersAccepted { get; init; }

    /// <summary>Answers that were refused as rubbish.</summary>
    public long AnswersRefused { get; init; }
}
