namespace Federated.Coordinator.Placement;

/// <summary>A client of a phase and what its task takes.</summary>
/// <param name="Client">Number of the client.</param>
/// <param name="Operations">Floating-point operations of the task on this client; at least 1.</param>
internal readonly record struct ClientCost(int Client, double Operations);
