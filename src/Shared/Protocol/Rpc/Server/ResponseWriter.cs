using System.Buffers;
using System.IO.Pipelines;
using Google.Protobuf;

namespace Federated.Protocol.Rpc;

/// <summary>Sends a call's responses: serialised straight into the response's pipe, one flush for each message.</summary>
internal sealed class ResponseWriter<T> : IRpcWriter<T>
    where T : class, IMessage<T>
{
    private readonly ServerCall call;
    private readonly PipeWriter pipe;
    private readonly StallClock? stall;

    public ResponseWriter(ServerCall call)
    {
        this.call = call;
        pipe = call.Responses;
        stall = StallClock.For(call, call.Options.LongestWrite, RpcFailures.ReaderStalled);
    }

    public ValueTask WriteAsync(T message, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(message);
        call.ThrowIfOver();
        if (!call.HttpContext.Response.HasStarted)
        {
            Task started = call.StartAsync();
            if (!started.IsCompletedSuccessfully)
                return WriteWhenStartedAsync(started, message, cancel);
        }

        Put(message);
        ValueTask<FlushResult> flush = pipe.FlushAsync(cancel);
        if (!flush.IsCompletedSuccessfully)
            return WaitAsync(flush);
#pragma warning disable VSTHRD103 // it is complete
        Check(flush.Result);
#pragma warning restore VSTHRD103
        return default;
    }

    /// <summary>The one response of a call: sent together with the trailers.</summary>
    public async ValueTask WriteLastAsync(T message)
    {
        call.ThrowIfOver();
        if (!call.HttpContext.Response.HasStarted)
            await call.StartAsync();
        Put(message);
    }

    public void Close() => stall?.Dispose();

    private async ValueTask WriteWhenStartedAsync(Task started, T message, CancellationToken cancel)
    {
        await started;
        Put(message);
        await WaitAsync(pipe.FlushAsync(cancel));
    }

    private async ValueTask WaitAsync(ValueTask<FlushResult> flush)
    {
        stall?.Start();
        try
        {
            Check(await flush);
        }
        finally
        {
            stall?.Stop();
        }
    }

    private void Check(in FlushResult result)
    {
        if (!result.IsCanceled && !result.IsCompleted)
            return;
        call.IsWriteCut = true;
        call.ThrowIfOver();
        throw new OperationCanceledException(RpcFailures.Cancelled.Message, call.Cancel);
    }

    private void Put(T message)
    {
        if (call.Compress)
        {
            byte[] frame = MessageFrame.Rent(message, compress: true, call.Options.LargestResponse, out int length);
            pipe.Write(frame.AsSpan(0, length));
            ArrayPool<byte>.Shared.Return(frame);
            return;
        }

        int size = MessageFrame.SizeOf(message, call.Options.LargestResponse);
        MessageFrame.WritePrefix(pipe.GetSpan(MessageFrame.PrefixBytes), compressed: false, size);
        pipe.Advance(MessageFrame.PrefixBytes);
        message.WriteTo(pipe);
    }
}
