namespace Federated.Coordinator.Placement;

/// <summary>A node as placement sees it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Slots">Clients that it trains at the same time.</param>
/// <param name="Model">How fast it is.</param>
internal sealed record PlacementNode(string Name, int Slots, TimeModel Model);
