using Google.Protobuf;

namespace Federated.Protocol.Rpc;

/// <summary>A call with streams of requests and responses, which do not depend on each other: one task may write while another reads.</summary>
public sealed class DuplexCall<TRequest, TResponse> : RpcCall<TResponse>, IRpcReader<TResponse>, IRpcWriter<TRequest>
    where TRequest : class, IMessage<TRequest>
    where TResponse : class, IMessage<TResponse>
{
    private readonly RequestWriter<TRequest, TResponse> writer;

    internal DuplexCall(StreamCall<TResponse> call, RequestWriter<TRequest, TResponse> writer)
        : base(call) => this.writer = writer;

    /// <summary>Whether the next request is compressed; has an effect on calls with compression only.</summary>
    public bool Compress
    {
        get => writer.Compress;
        set => writer.Compress = value;
    }

    /// <inheritdoc/>
    public ValueTask<TResponse?> ReadAsync(CancellationToken cancel = default) => Call.ReadAsync(cancel);

    /// <inheritdoc/>
    public ValueTask WriteAsync(TRequest message, CancellationToken cancel = default) => writer.WriteAsync(message, cancel);

    /// <summary>Ends the requests; the responses go on.</summary>
    public Task CompleteRequestsAsync()
    {
        writer.Complete();
        return Task.CompletedTask;
    }
}
