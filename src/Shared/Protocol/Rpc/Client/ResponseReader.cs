using System.Buffers;
using System.Runtime.CompilerServices;
using Google.Protobuf;

namespace Federated.Protocol.Rpc;

/// <summary>
/// Messages from a response's stream, through one buffer of the pool that grows with what has arrived, never with what a prefix promises: at most twice the bytes that the server really sent.
/// </summary>
internal sealed class ResponseReader<T>(Stream stream, MessageParser<T> parser, int largest, bool hasEncoding)
    where T : class, IMessage<T>
{
    private const int FirstBufferBytes = 16 << 10;

    private byte[] buffer = ArrayPool<byte>.Shared.Rent(FirstBufferBytes);
    private int start;
    private int end;

    /// <summary>The next message; null at the stream's end.</summary>
    public ValueTask<T?> ReadAsync(CancellationToken cancel) => TryTake(out T? message) ? new ValueTask<T?>(message) : ReadSlowlyAsync(cancel);

    /// <summary>Gives the buffer back; nothing is read afterwards, nor is a read under way.</summary>
    public void Close()
    {
        if (buffer.Length > 0)
            ArrayPool<byte>.Shared.Return(buffer);
        buffer = [];
        start = end = 0;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<T?> ReadSlowlyAsync(CancellationToken cancel)
    {
        while (true)
        {
            int read = await stream.ReadAsync(buffer.AsMemory(end), cancel);
            if (read == 0)
                return start == end ? null : throw new RpcException(RpcFailures.TruncatedMessage);
            end += read;
            if (TryTake(out T? message))
                return message;
        }
    }

    private bool TryTake(out T? message)
    {
        message = null;
        int count = end - start;
        int needed = MessageFrame.PrefixBytes;
        if (count >= needed)
        {
            int length = MessageFrame.ReadPrefix(buffer.AsSpan(start), largest, hasEncoding, out bool compressed);
            needed += length;
            if (count >= needed)
            {
                message = Parse(start + MessageFrame.PrefixBytes, length, compressed);
                start += needed;
                if (start == end)
                    start = end = 0;
                return true;
            }
        }

        MakeRoom(needed, count);
        return false;
    }

    private void MakeRoom(int needed, int count)
    {
        if (end < buffer.Length && start + needed <= buffer.Length)
            return;
        byte[] target = buffer;
        if (needed > buffer.Length && count > buffer.Length / 2)
            target = ArrayPool<byte>.Shared.Rent((int)Math.Min(needed, 2L * buffer.Length));
        else if (start == 0)
            return;
        buffer.AsSpan(start, count).CopyTo(target);
        if (target != buffer)
            ArrayPool<byte>.Shared.Return(buffer);
        buffer = target;
        start = 0;
        end = count;
    }

    private T Parse(int offset, int length, bool compressed)
    {
        try
        {
            return compressed ? GzipMessage.Parse(new ReadOnlySequence<byte>(buffer, offset, length), parser, largest) : parser.ParseFrom(buffer.AsSpan(offset, length));
        }
        catch (InvalidProtocolBufferException damage)
        {
            throw new RpcException(RpcFailures.DamagedMessage, null, damage);
        }
    }
}
