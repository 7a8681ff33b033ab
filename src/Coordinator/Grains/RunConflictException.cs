namespace Federated.Coordinator.Grains;

/// <summary>What is asked of a run does not go with the state that it is in.</summary>
internal sealed class RunConflictException(string message) : GrainException(message);
