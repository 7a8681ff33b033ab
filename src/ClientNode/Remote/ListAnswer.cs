using Google.Protobuf;

namespace Federated.ClientNode.Remote;

/// <summary>The combined answer of a list, as it crosses.</summary>
/// <param name="Bytes">An encoded <see cref="Protocol.V1.PartialAnswer"/>.</param>
/// <param name="Sha256">SHA-256 of the bytes.</param>
/// <param name="SlotSeconds">Seconds of all slots that worked on it.</param>
internal sealed record ListAnswer(byte[] Bytes, ByteString Sha256, double SlotSeconds);
