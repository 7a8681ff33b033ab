namespace Federated.Coordinator.Placement;

/// <summary>A list that a node has done and that was counted.</summary>
/// <param name="Task">Name of the task.</param>
/// <param name="Clients">Clients of the list.</param>
/// <param name="Operations">Floating-point operations of all of them.</param>
/// <param name="SlotSeconds">Seconds of all slots that worked on it, as far as they can be believed.</param>
internal sealed record ListWork(string Task, int Clients, double Operations, double SlotSeconds);
