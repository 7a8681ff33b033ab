namespace Federated.Protocol.Transfer;

/// <summary>Bytes that do not change, in memory or in a file, that can be read from anywhere by several readers at the same time.</summary>
public abstract class Blob : IDisposable
{
    private Action<Blob>? released;

    private protected Blob(BlobDigest digest, long length, Action<Blob>? released)
    {
        Digest = digest;
        Length = length;
        this.released = released;
    }

    /// <summary>SHA-256 of the bytes.</summary>
    public BlobDigest Digest { get; }

    /// <summary>Number of bytes.</summary>
    public long Length { get; }

    /// <summary>The bytes themselves, where they are in memory: valid as long as the caller holds them.</summary>
    public abstract ReadOnlyMemory<byte>? Memory { get; }

    /// <summary>A blob of bytes in memory, which nobody changes from now on.</summary>
    public static Blob FromMemory(ReadOnlyMemory<byte> bytes) => new MemoryBlob(BlobDigest.Of(bytes.Span), bytes, released: null);

    /// <summary>A blob of bytes in memory whose digest is known.</summary>
    /// <param name="bytes">The bytes, which nobody changes from now on.</param>
    /// <param name="digest">Their SHA-256: the caller's word, not checked here; the receiver checks it.</param>
    public static Blob FromMemory(ReadOnlyMemory<byte> bytes, BlobDigest digest) => new MemoryBlob(digest, bytes, released: null);

    /// <summary>A blob out of a file, which is read once for its digest and stays where it is.</summary>
    /// <exception cref="IOException">The file is missing or cannot be read.</exception>
    public static Task<Blob> FromFileAsync(string path, CancellationToken cancel = default) => FileBlob.OpenAsync(path, cancel);

    /// <summary>Reads bytes from <paramref name="offset"/> on; as many as there are and <paramref name="target"/> holds.</summary>
    /// <exception cref="ObjectDisposedException">The blob was removed meanwhile.</exception>
    public abstract ValueTask<int> ReadAsync(long offset, Memory<byte> target, CancellationToken cancel = default);

    /// <summary>All bytes in one array's memory: those of the blob where they are in memory, else a copy.</summary>
    /// <param name="atMost">The longest blob that is loaded.</param>
    /// <param name="cancel">Stops reading.</param>
    /// <exception cref="TransferException"><see cref="TransferError.OverLimit"/>: the blob is longer.</exception>
    public async ValueTask<ReadOnlyMemory<byte>> LoadAsync(long atMost, CancellationToken cancel = default)
    {
        if (Length > Math.Min(atMost, Array.MaxLength))
            throw new TransferException(TransferError.OverLimit, $"a blob of {Length} bytes is to be loaded where at most {atMost} are allowed");
        if (Memory is ReadOnlyMemory<byte> bytes)
            return bytes;
        byte[] copy = GC.AllocateUninitializedArray<byte>((int)Length);
        for (int read = 0; read < copy.Length;)
        {
            int more = await ReadAsync(read, copy.AsMemory(read), cancel);
            if (more == 0)
                throw new EndOfStreamException($"blob {Digest} ends after {read} of {copy.Length} bytes");
            read += more;
        }

        return copy;
    }

    /// <summary>Gives up the blob: a spool's blob leaves the spool and its room is free again; who still reads from it is told so. A file that was there before stays.</summary>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Gives up what holds the bytes.</summary>
    protected virtual void Dispose(bool disposing)
    {
        if (disposing)
            Interlocked.Exchange(ref released, null)?.Invoke(this);
    }
}
