using System.Buffers;
using System.Runtime.CompilerServices;
using Google.Protobuf;

namespace Federated.Protocol.Rpc;

/// <summary>Writes a call's requests: prefix and message in one buffer of the pool, one write and one flush for each.</summary>
internal sealed class RequestWriter<TRequest, TResponse>(StreamCall<TResponse> call, RequestStreamContent content, RpcCallOptions options, int largest)
    where TRequest : class, IMessage<TRequest>
    where TResponse : class, IMessage<TResponse>
{
    private readonly bool hasEncoding = options.Compression == RpcCompression.Gzip;
    private Stream? stream;
    private bool isComplete;

    /// <summary>Whether the next message is compressed; false for ever on a call without compression.</summary>
    public bool Compress
    {
        get;
        set => field = value && hasEncoding;
    } = options.Compression == RpcCompression.Gzip;

    public ValueTask WriteAsync(TRequest message, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(message);
        if (isComplete)
            throw new InvalidOperationException("The requests are complete; no more can be written.");
        byte[] frame = MessageFrame.Rent(message, Compress, largest, out int length);
        return SendAsync(frame, length, cancel);
    }

    /// <summary>Ends the stream of requests.</summary>
    public void Complete()
    {
        isComplete = true;
        content.Complete();
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask SendAsync(byte[] frame, int length, CancellationToken cancel)
    {
        using CancellationTokenRegistration registration = cancel.UnsafeRegister(static state => ((StreamCall<TResponse>)state!).Cancel(), call);
        try
        {
            stream ??= await content.Opened;
            await stream.WriteAsync(frame.AsMemory(0, length), call.Token);
            await stream.FlushAsync(call.Token);
        }
        catch (Exception exception)
        {
            if (cancel.IsCancellationRequested)
                throw new OperationCanceledException("The write was cancelled, and the call with it.", exception, cancel);
            throw await call.TranslateWriteAsync(exception);
        }

        // Not given back when the write fails: the connection may still read it.
        ArrayPool<byte>.Shared.Return(frame);
    }
}
