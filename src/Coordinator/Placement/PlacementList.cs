using System.Collections.Immutable;

namespace Federated.Coordinator.Placement;

/// <summary>A list of clients that a node is to work on.</summary>
/// <param name="Id">Never used twice, not even after a restart of the coordinator.</param>
/// <param name="Clients">The clients, those with most work first.</param>
/// <param name="Operations">Floating-point operations of all of them.</param>
/// <param name="Lease">The list is handed to another node when nothing is heard of its progress for so long after it was begun.</param>
/// <param name="Copy">Another node has it too; the first answer counts.</param>
internal sealed record PlacementList(ulong Id, ImmutableArray<int> Clients, double Operations, TimeSpan Lease, bool Copy);
