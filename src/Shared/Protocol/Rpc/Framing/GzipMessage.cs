using System.Buffers;
using System.Buffers.Binary;
using System.IO.Compression;
using Google.Protobuf;

namespace Federated.Protocol.Rpc;

/// <summary>Compression of single messages. Inflating stops at the limit: a small message that would grow without end costs the limit and no more.</summary>
internal static class GzipMessage
{
    private const int FirstBufferBytes = 16 << 10;

    /// <summary>Header, trailer and an empty block.</summary>
    private const int SmallestBytes = 10 + 8 + 2;

    /// <summary>Deflates into an array of the pool behind <paramref name="reserve"/> free bytes; the caller gives it back.</summary>
    public static byte[] Deflate(ReadOnlyMemory<byte> plain, int reserve, out int length)
    {
        using var output = new PooledStream(reserve, Math.Max(FirstBufferBytes, plain.Length / 2));
        using (var gzip = new GZipStream(output, CompressionLevel.Fastest, leaveOpen: true))
            gzip.Write(plain.Span);
        return output.Detach(out length);
    }

    /// <summary>Inflates and parses a message.</summary>
    /// <exception cref="RpcException">It is damaged, or grows beyond the limit.</exception>
    public static T Parse<T>(in ReadOnlySequence<byte> compressed, MessageParser<T> parser, int largest)
        where T : class, IMessage<T>
    {
        int length = (int)compressed.Length;
        byte[] input = ArrayPool<byte>.Shared.Rent(length);
        byte[] plain = ArrayPool<byte>.Shared.Rent(Math.Min(FirstBufferBytes, largest + 1));
        try
        {
            compressed.CopyTo(input);
            int count = Inflate(input, length, largest, ref plain);
            // The last four bytes are the plain length (RFC 1952, section 2.3.1); GZipStream takes a stream that was cut within them.
            if (length < SmallestBytes || BinaryPrimitives.ReadUInt32LittleEndian(input.AsSpan(length - sizeof(uint))) != (uint)count)
                throw new RpcException(RpcFailures.DamagedGzip);
            return parser.ParseFrom(plain.AsSpan(0, count));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(input);
            ArrayPool<byte>.Shared.Return(plain);
        }
    }

    private static int Inflate(byte[] input, int length, int largest, ref byte[] plain)
    {
        int count = 0;
        try
        {
            using var gzip = new GZipStream(new MemoryStream(input, 0, length, writable: false), CompressionMode.Decompress);
            while (true)
            {
                // One byte beyond the limit tells a message that just fits from one that does not.
                int room = (int)Math.Min(plain.Length, (long)largest + 1) - count;
                if (room == 0)
                {
                    if (count > largest)
                        throw new RpcException(RpcFailures.InflatedTooLarge);
                    Grow(ref plain, count, largest);
                    continue;
                }

                int read = gzip.Read(plain, count, room);
                if (read == 0)
                    return count;
                count += read;
            }
        }
        catch (InvalidDataException damage)
        {
            throw new RpcException(RpcFailures.DamagedGzip, null, damage);
        }
    }

    private static void Grow(ref byte[] plain, int count, int largest)
    {
        byte[] larger = ArrayPool<byte>.Shared.Rent((int)Math.Min(2L * plain.Length, (long)largest + 1));
        plain.AsSpan(0, count).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(plain);
        plain = larger;
    }
}
