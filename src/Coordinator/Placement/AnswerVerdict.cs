namespace Federated.Coordinator.Placement;

/// <summary>What becomes of an answer that a node has announced.</summary>
internal enum AnswerVerdict
{
    /// <summary>Fetch, check and add it, then say <see cref="PhasePlacement.Counted"/> or <see cref="PhasePlacement.Refused"/>.</summary>
    Count,

    /// <summary>Its clients are counted already, or are just being counted: drop it.</summary>
    Duplicate,

    /// <summary>The node does not have this list, or not any more: drop it.</summary>
    Stale,
}
