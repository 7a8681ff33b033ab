using System.Buffers;
using Federated.Protocol.V1;
using Google.Protobuf;

namespace Federated.Protocol.Transfer;

/// <summary>
/// Cuts a blob into chunks. There is one message and, for a blob in a file, one lent buffer for all of them: a chunk holds until the next is read, which is after it was written to the connection.
/// </summary>
/// <param name="blob">The blob.</param>
internal sealed class ChunkReader(Blob blob) : IDisposable
{
    private byte[]? buffer;

    /// <summary>The chunk that was read last.</summary>
    public Chunk Chunk { get; } = new() { Total = (ulong)blob.Length };

    /// <summary>Reads the chunk at <paramref name="offset"/>; returns its bytes, none at the blob's end.</summary>
    public async ValueTask<ReadOnlyMemory<byte>> ReadAsync(long offset, CancellationToken cancel)
    {
        int length = (int)Math.Min(TransferLimits.ChunkBytes, blob.Length - offset);
        ReadOnlyMemory<byte> bytes;
        if (blob.Memory is ReadOnlyMemory<byte> memory)
        {
            bytes = memory.Slice((int)offset, length);
        }
        else
        {
            buffer ??= ArrayPool<byte>.Shared.Rent(TransferLimits.ChunkBytes);
            for (int read = 0; read < length;)
            {
                int more = await blob.ReadAsync(offset + read, buffer.AsMemory(read, length - read), cancel);
                read += more > 0 ? more : throw new TransferException(TransferError.Storage, $"the file of blob {blob.Digest} ends before its {blob.Length} bytes");
            }

            bytes = buffer.AsMemory(0, length);
        }

        Chunk.Offset = (ulong)offset;
        Chunk.Data = UnsafeByteOperations.UnsafeWrap(bytes);
        Chunk.Crc32C = Crc32C.Compute(bytes.Span);
        return bytes;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref buffer, null) is byte[] lent)
            ArrayPool<byte>.Shared.Return(lent);
    }
}
