namespace Federated.Protocol.Transfer;

/// <summary>A blob in memory.</summary>
internal sealed class MemoryBlob(BlobDigest digest, ReadOnlyMemory<byte> bytes, Action<Blob>? released) : Blob(digest, bytes.Length, released)
{
    /// <inheritdoc/>
    public override ReadOnlyMemory<byte>? Memory => bytes;

    /// <inheritdoc/>
    public override ValueTask<int> ReadAsync(long offset, Memory<byte> target, CancellationToken cancel = default)
    {
        cancel.ThrowIfCancellationRequested();
        int count = (int)Math.Clamp(Length - offset, 0, target.Length);
        if (count > 0)
            bytes.Slice((int)offset, count).CopyTo(target);
        return ValueTask.FromResult(count);
    }
}
