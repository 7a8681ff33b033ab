namespace Federated.Protocol.Rpc;

/// <summary>The ends of calls that the protocol itself decides, by name: what a log, a counter or a test compares with.</summary>
public static class RpcFailures
{
    /// <summary>The server has no service of that name.</summary>
    public static RpcStatus UnknownService { get; } = new(RpcStatusCode.Unimplemented, "the server has no such service");

    /// <summary>The service has no method of that name.</summary>
    public static RpcStatus UnknownMethod { get; } = new(RpcStatusCode.Unimplemented, "the service has no such method");

    /// <summary>A message that is larger than the limit of who receives or sends it, compressed or not. It was refused by its prefix, before memory was given to it.</summary>
    public static RpcStatus MessageTooLarge { get; } = new(RpcStatusCode.ResourceExhausted, "a message is larger than the limit; send it in parts or raise the limit");

    /// <summary>A compressed message that grows beyond the limit. It was inflated up to the limit only.</summary>
    public static RpcStatus InflatedTooLarge { get; } = new(RpcStatusCode.ResourceExhausted, "a compressed message is larger than the limit when it is inflated");

    /// <summary>The first byte of a message's prefix is neither 0 nor 1.</summary>
    public static RpcStatus ReservedFlag { get; } = new(RpcStatusCode.Internal, "a message's prefix has a reserved compression flag");

    /// <summary>A message is flagged as compressed, on a call without a compression.</summary>
    public static RpcStatus CompressedWithoutEncoding { get; } = new(RpcStatusCode.Internal, "a message is flagged as compressed, but the call names no compression in grpc-encoding");

    /// <summary>The call's compression is unknown.</summary>
    public static RpcStatus UnknownEncoding { get; } = new(RpcStatusCode.Unimplemented, "the compression named in grpc-encoding is not supported; identity and gzip are");

    /// <summary>What was inflated is not gzip, or damaged.</summary>
    public static RpcStatus DamagedGzip { get; } = new(RpcStatusCode.Internal, "a compressed message cannot be inflated");

    /// <summary>The stream ended within a message.</summary>
    public static RpcStatus TruncatedMessage { get; } = new(RpcStatusCode.Internal, "the stream ended within a message");

    /// <summary>The bytes are not a message of the method's type.</summary>
    public static RpcStatus DamagedMessage { get; } = new(RpcStatusCode.Internal, "a message cannot be parsed as the method's type");

    /// <summary>A call with one message in this direction had none.</summary>
    public static RpcStatus MissingMessage { get; } = new(RpcStatusCode.Internal, "the stream ended without the message that the method needs");

    /// <summary>A call with one message in this direction had more.</summary>
    public static RpcStatus SurplusMessage { get; } = new(RpcStatusCode.Internal, "more than the one message that the method takes arrived");

    /// <summary>The timeout in the request's header is not one.</summary>
    public static RpcStatus BadTimeout { get; } = new(RpcStatusCode.Internal, "grpc-timeout is not 1 to 8 digits and a unit");

    /// <summary>A <c>-bin</c> entry of the metadata is not base64.</summary>
    public static RpcStatus MetadataNotBase64 { get; } = new(RpcStatusCode.Internal, "a -bin entry of the metadata is not base64");

    /// <summary>The deadline has passed.</summary>
    public static RpcStatus DeadlineExceeded { get; } = new(RpcStatusCode.DeadlineExceeded, "the deadline has passed");

    /// <summary>The call was cancelled.</summary>
    public static RpcStatus Cancelled { get; } = new(RpcStatusCode.Cancelled, "the call was cancelled");

    /// <summary>The other side sent no whole message for longer than its stream may be silent.</summary>
    public static RpcStatus StreamSilent { get; } = new(RpcStatusCode.DeadlineExceeded, "the stream brought no whole message for longer than it may be silent");

    /// <summary>The other side took nothing for longer than a write may wait.</summary>
    public static RpcStatus ReaderStalled { get; } = new(RpcStatusCode.DeadlineExceeded, "the reader took nothing for longer than a write may wait");

    /// <summary>The server ended the call before it had read all requests.</summary>
    public static RpcStatus RequestsRefused { get; } = new(RpcStatusCode.Cancelled, "the server ended the call before it had read all requests");

    /// <summary>A service ended with an exception that is not a status. What it was is in the server's log and does not cross.</summary>
    public static RpcStatus ServiceFault { get; } = new(RpcStatusCode.Unknown, "the service failed; see the server's log");

    /// <summary>The service returned no message.</summary>
    public static RpcStatus NoResponse { get; } = new(RpcStatusCode.Internal, "the service returned no message");

    /// <summary>The connection was lost during the call, or the server took no more calls on it.</summary>
    public static RpcStatus ConnectionLost { get; } = new(RpcStatusCode.Unavailable, "the connection to the server was lost");

    /// <summary>The server is stopping; another one, or the same after its start, may take the call.</summary>
    public static RpcStatus ServerStopping { get; } = new(RpcStatusCode.Unavailable, "the server is stopping");

    /// <summary>The response ended without a status.</summary>
    public static RpcStatus MissingStatus { get; } = new(RpcStatusCode.Internal, "the response ended without grpc-status");

    /// <summary>The response's status is not a number.</summary>
    public static RpcStatus BadStatus { get; } = new(RpcStatusCode.Unknown, "grpc-status is not a number");

    /// <summary>The response is not one of gRPC.</summary>
    public static RpcStatus NotGrpc { get; } = new(RpcStatusCode.Unknown, "the response's content type is not application/grpc; the address may not be that of a gRPC server");

    /// <summary>The channel is closed.</summary>
    public static RpcStatus ChannelClosed { get; } = new(RpcStatusCode.Unavailable, "the channel is closed");
}
