using Federated.Protocol.V1;

namespace Federated.Coordinator.Placement;

/// <summary>Something that placement wants done. Actions are carried out in the order in which they were returned.</summary>
internal abstract record PlacementAction;

/// <summary>Send the list to the node.</summary>
internal sealed record SendList(string Node, PlacementList List) : PlacementAction;

/// <summary>Ask for a list back. Without <paramref name="Abandon"/> the node gives it back if it has not begun it; with it, its answer is not wanted any more and nothing comes back.</summary>
internal sealed record Revoke(string Node, ulong List, bool Abandon) : PlacementAction;

/// <summary>Tell the node that its answer was counted.</summary>
internal sealed record Accepted(string Node, ulong List) : PlacementAction;

/// <summary>Tell the node that its answer was not counted.</summary>
internal sealed record RefusedTo(string Node, ulong List, RefusalReason Reason, string Message) : PlacementAction;

/// <summary>The node gets nothing more of this run; a person should know.</summary>
internal sealed record NodeExcluded(string Node, string Message) : PlacementAction;

/// <summary>Every client has been counted.</summary>
internal sealed record PhaseDone : PlacementAction;

/// <summary>The phase cannot be completed.</summary>
internal sealed record PhaseFailed(string Message) : PlacementAction;
