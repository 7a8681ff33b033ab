namespace Federated.Coordinator.Grains;

/// <summary>A node as it is now.</summary>
/// <param name="State">What is known of it.</param>
/// <param name="Connected">Whether its stream is open.</param>
internal sealed record NodeDescription(NodeState State, bool Connected);
