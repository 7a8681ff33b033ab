namespace Federated.Coordinator.Placement;

/// <summary>What a node has shown of its speed at one task.</summary>
/// <param name="SecondsPerOperation">Seconds of one slot per floating-point operation that the task counts.</param>
/// <param name="Lists">Lists that it was learned from.</param>
internal readonly record struct TaskPace(double SecondsPerOperation, int Lists);
