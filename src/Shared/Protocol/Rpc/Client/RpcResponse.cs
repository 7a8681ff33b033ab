namespace Federated.Protocol.Rpc;

/// <summary>The response of a call with one, with what came beside it.</summary>
/// <param name="Message">The message.</param>
/// <param name="Headers">Sent before the message.</param>
/// <param name="Trailers">Sent with the status.</param>
public sealed record RpcResponse<T>(T Message, RpcMetadata Headers, RpcMetadata Trailers);
