using Federated.Protocol.V1;

namespace Federated.Coordinator.Fleet;

/// <summary>Something that the dispatcher has to deal with; one after the other, in the order in which they came.</summary>
internal abstract record FleetEvent;

/// <summary>A node opened a stream.</summary>
internal sealed record StreamOpened(NodeStream Stream) : FleetEvent;

/// <summary>A stream is over.</summary>
internal sealed record StreamClosed(NodeStream Stream) : FleetEvent;

/// <summary>A node said something.</summary>
internal sealed record NodeSaid(NodeStream Stream, NodeMessage Message) : FleetEvent;

/// <summary>A run begins to use the fleet.</summary>
internal sealed record RunOpened(FleetRun Run) : FleetEvent;

/// <summary>A run needs the fleet no more.</summary>
internal sealed record RunClosed(FleetRun Run, TaskCompletionSource Done) : FleetEvent;

/// <summary>A phase of the open run begins.</summary>
internal sealed record PhaseBegun(FleetPhase Phase) : FleetEvent;

/// <summary>Nobody waits for the phase any more.</summary>
internal sealed record PhaseCancelled(FleetPhase Phase, TaskCompletionSource Done) : FleetEvent;

/// <summary>A time has come that somebody waits for.</summary>
internal sealed record TimePassed : FleetEvent;

/// <summary>All nodes are to end.</summary>
internal sealed record NodesDismissed(string Reason) : FleetEvent;
