using Federated.Protocol.Payloads;

namespace Federated.Coordinator.Rounds;

/// <summary>A part that a client keeps until another of its kind takes its place.</summary>
/// <param name="Client">The client.</param>
/// <param name="Kind">Kind under which the part is referred to.</param>
/// <param name="Digest">SHA-256 of its content.</param>
internal readonly record struct KeptName(int Client, PartKind Kind, string Digest);
