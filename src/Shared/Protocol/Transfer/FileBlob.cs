using System.Buffers;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace Federated.Protocol.Transfer;

/// <summary>A blob in a file that stays open.</summary>
internal sealed class FileBlob : Blob
{
    private readonly SafeFileHandle file;

    internal FileBlob(BlobDigest digest, long length, SafeFileHandle file, Action<Blob>? released)
        : base(digest, length, released) => this.file = file;

    /// <inheritdoc/>
    public override ReadOnlyMemory<byte>? Memory => null;

    /// <summary>Opens the file and reads it once for its digest.</summary>
    public static async Task<Blob> OpenAsync(string path, CancellationToken cancel)
    {
        SafeFileHandle file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, FileOptions.Asynchronous);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(TransferLimits.ChunkBytes);
        try
        {
            using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            long length = 0;
            for (int read; (read = await RandomAccess.ReadAsync(file, buffer, length, cancel)) > 0; length += read)
                hash.AppendData(buffer, 0, read);
            return new FileBlob(new BlobDigest(hash.GetCurrentHash()), length, file, released: null);
        }
        catch
        {
            file.Dispose();
            throw;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <inheritdoc/>
    public override ValueTask<int> ReadAsync(long offset, Memory<byte> target, CancellationToken cancel = default) => offset >= Length
        ? ValueTask.FromResult(0)
        : RandomAccess.ReadAsync(file, target[..(int)Math.Min(target.Length, Length - offset)], offset, cancel);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
            file.Dispose(); // a read that is under way holds the handle until it is done
        base.Dispose(disposing);
    }
}
