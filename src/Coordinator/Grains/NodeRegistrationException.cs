namespace Federated.Coordinator.Grains;

/// <summary>A node says something of itself that cannot be.</summary>
internal sealed class NodeRegistrationException(string message) : GrainException(message);
