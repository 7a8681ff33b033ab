using Google.Protobuf;

namespace Federated.Protocol.Rpc;

/// <summary>A call under way of which at least one side is a stream. Disposing of it before it has ended cancels it.</summary>
public abstract class RpcCall<TResponse> : IAsyncDisposable
    where TResponse : class, IMessage<TResponse>
{
    private protected RpcCall(StreamCall<TResponse> call) => Call = call;

    /// <summary>How the call ended; null while it has not, which includes responses that are not read yet.</summary>
    public RpcStatus? Status => Call.Status;

    /// <summary>Sent by the server with the status; empty before.</summary>
    public RpcMetadata Trailers => Call.Trailers;

    private protected StreamCall<TResponse> Call { get; }

    /// <summary>Sent by the server before its first response.</summary>
    /// <exception cref="RpcException">The call failed before.</exception>
    public Task<RpcMetadata> HeadersAsync() => Call.HeadersAsync();

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => Call.DisposeAsync();
}
