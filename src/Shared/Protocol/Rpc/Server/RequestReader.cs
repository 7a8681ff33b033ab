using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using Google.Protobuf;

namespace Federated.Protocol.Rpc;

/// <summary>The requests of a call, parsed where they stand in the request's pipe.</summary>
internal sealed class RequestReader<T> : IRpcReader<T>
    where T : class, IMessage<T>
{
    private readonly ServerCall call;
    private readonly PipeReader pipe;
    private readonly MessageParser<T> parser;
    private readonly TimeSpan? limit;
    private readonly bool hasEncoding;
    private StallClock? silence;
    private bool isAtEnd;

    /// <param name="call">The call.</param>
    /// <param name="parser">Of the method's requests.</param>
    /// <param name="limit">The longest wait for a whole message.</param>
    /// <exception cref="RpcException">The call's compression is unknown.</exception>
    public RequestReader(ServerCall call, MessageParser<T> parser, TimeSpan? limit)
    {
        this.call = call;
        this.parser = parser;
        this.limit = limit;
        pipe = call.Requests;
        string? encoding = call.HttpContext.Request.Headers.GrpcEncoding;
        hasEncoding = !string.IsNullOrEmpty(encoding) && !string.Equals(encoding, HeaderNames.Identity, StringComparison.Ordinal);
        if (hasEncoding && !string.Equals(encoding, HeaderNames.Gzip, StringComparison.Ordinal))
            throw new RpcException(RpcFailures.UnknownEncoding);
    }

    /// <summary>The one request of a call; it has arrived with the stream's end.</summary>
    public async ValueTask<T> ReadSingleAsync()
    {
        T message = await ReadAsync() ?? throw new RpcException(RpcFailures.MissingMessage);
        if (await ReadAsync() is not null)
            throw new RpcException(RpcFailures.SurplusMessage);
        Close(); // the service may take its time
        return message;
    }

    public ValueTask<T?> ReadAsync(CancellationToken cancel = default)
    {
        call.ThrowIfOver();
        if (isAtEnd)
            return default;
        try
        {
            if (pipe.TryRead(out ReadResult result) && TryTake(result, out T? message))
                return new ValueTask<T?>(message);
        }
        catch (IOException lost)
        {
            throw Lost(lost);
        }

        return ReadSlowlyAsync(cancel);
    }

    public void Close() => silence?.Dispose();

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<T?> ReadSlowlyAsync(CancellationToken cancel)
    {
        silence ??= StallClock.For(call, limit, RpcFailures.StreamSilent);
        silence?.Start();
        try
        {
            while (true)
            {
                ReadResult result = await pipe.ReadAsync(cancel);
                if (TryTake(result, out T? message))
                    return message;
            }
        }
        catch (IOException lost)
        {
            throw Lost(lost);
        }
        finally
        {
            silence?.Stop();
        }
    }

    /// <summary>Takes a message off the pipe; null at its end. False if more has to arrive.</summary>
    private bool TryTake(in ReadResult result, out T? message)
    {
        message = null;
        ReadOnlySequence<byte> buffer = result.Buffer;
        SequencePosition consumed = buffer.Start;
        SequencePosition examined = buffer.End;
        try
        {
            if (result.IsCanceled)
                call.ThrowIfOver();
            if (TryParse(buffer, out message, out long taken))
            {
                consumed = examined = buffer.GetPosition(taken);
                return true;
            }

            if (!result.IsCompleted)
                return false;
            if (!buffer.IsEmpty)
                throw new RpcException(RpcFailures.TruncatedMessage);
            isAtEnd = true;
            return true;
        }
        finally
        {
            pipe.AdvanceTo(consumed, examined);
        }
    }

    private bool TryParse(in ReadOnlySequence<byte> buffer, out T? message, out long taken)
    {
        message = null;
        taken = 0;
        if (buffer.Length < MessageFrame.PrefixBytes)
            return false;
        Span<byte> prefix = stackalloc byte[MessageFrame.PrefixBytes];
        buffer.Slice(0, MessageFrame.PrefixBytes).CopyTo(prefix);
        int length = MessageFrame.ReadPrefix(prefix, call.Options.LargestRequest, hasEncoding, out bool compressed);
        taken = MessageFrame.PrefixBytes + (long)length;
        if (buffer.Length < taken)
            return false;
        ReadOnlySequence<byte> content = buffer.Slice(MessageFrame.PrefixBytes, length);
        try
        {
            message = compressed ? GzipMessage.Parse(content, parser, call.Options.LargestRequest) : parser.ParseFrom(content);
            return true;
        }
        catch (InvalidProtocolBufferException damage)
        {
            throw new RpcException(RpcFailures.DamagedMessage, null, damage);
        }
    }

    /// <summary>What Kestrel throws when the stream was reset or the connection lost.</summary>
    private OperationCanceledException Lost(IOException lost) => new(RpcFailures.Cancelled.Message, lost, call.Cancel);
}
