namespace Federated.ClientNode.Remote;

/// <summary>How far a list in the node's hands is.</summary>
internal enum ListStage
{
    /// <summary>Its experiment is being built.</summary>
    Held,

    /// <summary>Its payloads are on their way.</summary>
    Fetching,

    /// <summary>Everything is here; it waits for its turn.</summary>
    Waiting,

    /// <summary>It had its turn: it is with the workers.</summary>
    Running,

    /// <summary>All clients have answered; their combined answer is on its way to the coordinator.</summary>
    Delivering,

    /// <summary>The answer is uploaded and announced; the coordinator has not said that it counts.</summary>
    Announced,

    /// <summary>It ended without an answer while the coordinator was away, which is to be told.</summary>
    Ended,
}
