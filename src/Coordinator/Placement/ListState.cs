namespace Federated.Coordinator.Placement;

/// <summary>Where a list is in its life.</summary>
internal enum ListState
{
    /// <summary>One node or more have it.</summary>
    HandedOut,

    /// <summary>A node has answered, and its answer is being checked and added.</summary>
    Counting,

    /// <summary>Its clients are counted.</summary>
    Counted,

    /// <summary>Nobody has it any more: its clients went back and are in other lists.</summary>
    Dissolved,
}
