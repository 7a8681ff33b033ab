using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace Federated.Protocol.Transfer;

/// <summary>
/// A blob that is arriving: bytes are appended in order, each chunk checked against its checksum before it counts, the SHA-256 computed as they come. It knows how far it is, so that whoever sends can go
/// on from there. Never longer than announced.
/// </summary>
/// <remarks>One caller at a time.</remarks>
public sealed class BlobDraft : IDisposable
{
    private readonly BlobSpool spool;
    private readonly BlobDigest? expected;
    private readonly byte[]? memory;
    private readonly SafeFileHandle? file;
    private readonly string? path;
    private readonly IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private bool over;

    internal BlobDraft(BlobSpool spool, BlobDigest? expected, long length)
        : this(spool, expected, length, inMemory: true) => memory = length == 0 ? [] : GC.AllocateUninitializedArray<byte>((int)length);

    internal BlobDraft(BlobSpool spool, BlobDigest? expected, long length, string path)
        : this(spool, expected, length, inMemory: false)
    {
        this.path = path;
        // The file grows as bytes arrive: what is only announced takes no disk.
        file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read | FileShare.Delete, FileOptions.Asynchronous);
    }

    private BlobDraft(BlobSpool spool, BlobDigest? expected, long length, bool inMemory)
    {
        this.spool = spool;
        this.expected = expected;
        Length = length;
        InMemory = inMemory;
    }

    /// <summary>The announced length.</summary>
    public long Length { get; }

    /// <summary>Bytes that are here and verified: the offset of the next chunk.</summary>
    public long Received { get; private set; }

    /// <summary>Whether the bytes are in memory, not in a file.</summary>
    internal bool InMemory { get; }

    /// <summary>Appends a chunk. When it is refused nothing of it counts, and the draft can go on with the right one.</summary>
    /// <param name="offset">Where the chunk begins: <see cref="Received"/>.</param>
    /// <param name="data">1 to <see cref="TransferLimits.MaximumChunkBytes"/> bytes.</param>
    /// <param name="crc32C">Checksum of the data.</param>
    /// <param name="cancel">Stops before anything is written.</param>
    /// <exception cref="TransferException">The chunk is refused, or the disk does not take it.</exception>
    public async ValueTask AppendAsync(long offset, ReadOnlyMemory<byte> data, uint crc32C, CancellationToken cancel = default)
    {
        ObjectDisposedException.ThrowIf(over, this);
        if (data.Length is 0 or > TransferLimits.MaximumChunkBytes)
            throw new TransferException(TransferError.WrongChunkLength, $"a chunk has 1 to {TransferLimits.MaximumChunkBytes} bytes, not {data.Length}");
        if (offset != Received)
            throw new TransferException(TransferError.WrongOffset, $"a chunk begins at {offset} where {Received} bytes have arrived");
        if (data.Length > Length - Received)
            throw new TransferException(TransferError.TooLong, $"a chunk of {data.Length} bytes arrives where {Length - Received} are missing of {Length}");
        uint actual = Crc32C.Compute(data.Span);
        if (actual != crc32C)
            throw new TransferException(TransferError.WrongChecksum, $"the chunk at {offset} has the CRC-32C {actual:x8} and came with {crc32C:x8}");
        if (memory is not null)
        {
            data.CopyTo(memory.AsMemory((int)offset));
        }
        else
        {
            try
            {
                await RandomAccess.WriteAsync(file!, data, offset, cancel);
            }
            catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
            {
                // The path stays out of the message, which crosses to the other side.
                throw new TransferException(TransferError.Storage, $"the spool's disk does not take the chunk at {offset}", failure);
            }
        }

        hash.AppendData(data.Span);
        Received += data.Length;
    }

    /// <summary>Makes the draft a blob of the spool. The draft is over, whatever comes of it.</summary>
    /// <exception cref="TransferException"><see cref="TransferError.WrongDigest"/>; the bytes are gone then.</exception>
    /// <exception cref="InvalidOperationException">Bytes are missing.</exception>
    public Blob Complete()
    {
        ObjectDisposedException.ThrowIf(over, this);
        if (Received != Length)
            throw new InvalidOperationException($"{Length - Received} bytes are missing");
        BlobDigest digest = new(hash.GetCurrentHash());
        if (expected is BlobDigest wanted && wanted != digest)
        {
            Dispose();
            throw new TransferException(TransferError.WrongDigest, $"the {Length} bytes have the SHA-256 {digest} and were announced with {wanted}");
        }

        over = true;
        hash.Dispose();
        file?.Dispose();
        try
        {
            Blob blob = memory is not null ? spool.Admit(digest, memory) : spool.AdmitFile(digest, Length, path!);
            spool.Forget(this, becameBlob: true);
            return blob;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            spool.Forget(this, becameBlob: false);
            throw new TransferException(TransferError.Storage, "the spool's folder cannot be written", failure);
        }
    }

    /// <summary>Gives the draft up; its room is free again.</summary>
    public void Dispose()
    {
        if (over)
            return;
        over = true;
        hash.Dispose();
        file?.Dispose();
        if (path is not null)
            File.Delete(path);
        spool.Forget(this, becameBlob: false);
    }
}
