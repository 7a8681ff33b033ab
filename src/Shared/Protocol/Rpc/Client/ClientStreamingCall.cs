using Google.Protobuf;

namespace Federated.Protocol.Rpc;

/// <summary>A call with a stream of requests and one response.</summary>
public sealed class ClientStreamingCall<TRequest, TResponse> : RpcCall<TResponse>, IRpcWriter<TRequest>
    where TRequest : class, IMessage<TRequest>
    where TResponse : class, IMessage<TResponse>
{
    private readonly RequestWriter<TRequest, TResponse> writer;

    internal ClientStreamingCall(StreamCall<TResponse> call, RequestWriter<TRequest, TResponse> writer)
        : base(call) => this.writer = writer;

    /// <summary>Whether the next request is compressed; has an effect on calls with compression only.</summary>
    public bool Compress
    {
        get => writer.Compress;
        set => writer.Compress = value;
    }

    /// <inheritdoc/>
    public async ValueTask WriteAsync(TRequest message, CancellationToken cancel = default)
    {
        try
        {
            await writer.WriteAsync(message, cancel);
        }
        catch (RpcException refused) when (refused.Status == RpcFailures.RequestsRefused)
        {
            await Call.ReadSingleAsync(); // throws the status that the server ended the call with
            throw;
        }
    }

    /// <summary>Ends the requests and waits for the response.</summary>
    /// <exception cref="RpcException">The call ended with another status than Ok.</exception>
    public Task<TResponse> CompleteAsync()
    {
        writer.Complete();
        return Call.ReadSingleAsync();
    }
}
