namespace Federated.Coordinator.Grains;

/// <summary>A node that has registered at some time.</summary>
/// <param name="Node">Its name.</param>
/// <param name="Session">Number of its open stream, or null when it is not there.</param>
internal sealed record FleetMember(string Node, ulong? Session);
