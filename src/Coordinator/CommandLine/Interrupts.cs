namespace Federated.Coordinator.CommandLine;

/// <summary>The two ways in which a user ends a command early.</summary>
/// <param name="Stop">Stop after what is under way is complete and saved.</param>
/// <param name="Abort">Stop at once.</param>
internal readonly record struct Interrupts(CancellationToken Stop, CancellationToken Abort);
