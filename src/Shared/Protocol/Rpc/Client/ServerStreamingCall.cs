using Google.Protobuf;

namespace Federated.Protocol.Rpc;

/// <summary>A call with one request and a stream of responses.</summary>
public sealed class ServerStreamingCall<TResponse> : RpcCall<TResponse>, IRpcReader<TResponse>
    where TResponse : class, IMessage<TResponse>
{
    internal ServerStreamingCall(StreamCall<TResponse> call)
        : base(call)
    {
    }

    /// <inheritdoc/>
    public ValueTask<TResponse?> ReadAsync(CancellationToken cancel = default) => Call.ReadAsync(cancel);
}
