namespace Federated.Protocol.Rpc;

/// <summary>One entry of a call's metadata.</summary>
/// <param name="Name">Lower case; ends with <c>-bin</c> for bytes.</param>
/// <param name="Text">The value of a text entry; null for bytes.</param>
/// <param name="Bytes">The value of a <c>-bin</c> entry.</param>
public readonly record struct RpcMetadataEntry(string Name, string? Text, ReadOnlyMemory<byte> Bytes);
