using System.Buffers;
using System.Buffers.Binary;
using Google.Protobuf;

namespace Federated.Protocol.Rpc;

/// <summary>The five bytes before every message ("Length-Prefixed-Message" of the specification): a flag that says whether it is compressed, and its length, big-endian.</summary>
internal static class MessageFrame
{
    public const int PrefixBytes = 5;

    /// <summary>Messages larger than this are refused unless the options say otherwise, as gRPC does everywhere.</summary>
    public const int DefaultLargest = 4 << 20;

    public static void WritePrefix(Span<byte> prefix, bool compressed, int length)
    {
        prefix[0] = compressed ? (byte)1 : (byte)0;
        BinaryPrimitives.WriteInt32BigEndian(prefix[1..], length);
    }

    /// <summary>The length of the message behind a prefix, checked against the limit before any memory is given to it.</summary>
    public static int ReadPrefix(ReadOnlySpan<byte> prefix, int largest, bool hasEncoding, out bool compressed)
    {
        if (prefix[0] > 1)
            throw new RpcException(RpcFailures.ReservedFlag);
        compressed = prefix[0] == 1;
        if (compressed && !hasEncoding)
            throw new RpcException(RpcFailures.CompressedWithoutEncoding);
        uint length = BinaryPrimitives.ReadUInt32BigEndian(prefix[1..]);
        if (length > (uint)Math.Min(largest, Array.MaxLength - PrefixBytes))
            throw new RpcException(RpcFailures.MessageTooLarge);
        return (int)length;
    }

    /// <summary>A message's size, checked against the sender's own limit.</summary>
    public static int SizeOf(IMessage message, int largest)
    {
        int size = message.CalculateSize();
        if (size > largest)
            throw new RpcException(RpcFailures.MessageTooLarge);
        return size;
    }

    /// <summary>Prefix and message in one array of the pool, which the caller gives back.</summary>
    public static byte[] Rent(IMessage message, bool compress, int largest, out int length)
    {
        int size = SizeOf(message, largest);
        // Of nothing the runtime's GZipStream makes nothing, not even gzip's header, and other implementations refuse that.
        compress &= size > 0;
        byte[] frame = ArrayPool<byte>.Shared.Rent(PrefixBytes + size);
        try
        {
            message.WriteTo(frame.AsSpan(PrefixBytes, size));
            if (compress)
            {
                byte[] plain = frame;
                frame = GzipMessage.Deflate(plain.AsMemory(PrefixBytes, size), PrefixBytes, out size);
                ArrayPool<byte>.Shared.Return(plain);
            }

            WritePrefix(frame, compress, size);
            length = PrefixBytes + size;
            return frame;
        }
        catch
        {
            ArrayPool<byte>.Shared.Return(frame);
            throw;
        }
    }
}
