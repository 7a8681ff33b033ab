using Federated.Protocol.V1;

namespace Federated.Protocol.Transfer;

/// <summary>Names an upload: the list that it answers, and the content.</summary>
/// <param name="Run">The run.</param>
/// <param name="List">The list.</param>
/// <param name="Digest">SHA-256 of the bytes.</param>
/// <param name="Length">Number of bytes.</param>
public readonly record struct UploadKey(string Run, ulong List, BlobDigest Digest, long Length)
{
    /// <inheritdoc/>
    public override string ToString() => $"answer {Digest} ({Length} bytes) to list {List} of run {Run}";

    /// <summary>The name in a message.</summary>
    /// <exception cref="TransferException"><see cref="TransferError.BadName"/>.</exception>
    internal static UploadKey Of(UploadName name)
    {
        BlobName.CheckRun(name.Run);
        if (!BlobDigest.TryRead(name.Sha256, out BlobDigest? digest))
            throw new TransferException(TransferError.BadName, $"an upload is named by {BlobDigest.Length} bytes of SHA-256, not {name.Sha256.Length}");
        if (name.Length > long.MaxValue)
            throw new TransferException(TransferError.BadName, $"{name.Length} bytes are more than any blob has");
        return new UploadKey(name.Run, name.List, digest.Value, (long)name.Length);
    }

    /// <summary>The name as a message.</summary>
    internal UploadName ToMessage() => new() { Run = Run, List = List, Sha256 = Digest.ToByteString(), Length = (ulong)Length };
}
