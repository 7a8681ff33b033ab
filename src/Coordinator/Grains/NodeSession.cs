using Federated.Coordinator.Placement;

namespace Federated.Coordinator.Grains;

/// <summary>A node's stream.</summary>
/// <param name="Session">Its number; a later stream of the node has a greater one.</param>
/// <param name="Node">The node for placement.</param>
/// <param name="Restarted">The process is another than at the last registration: what it had in hand is lost.</param>
internal sealed record NodeSession(ulong Session, PlacementNode Node, bool Restarted);
