using Federated.Protocol.V1;
using Google.Protobuf;

namespace Federated.Protocol.Transfer;

/// <summary>What can be fetched: a payload of a run, or something that the run's clients keep.</summary>
/// <param name="Run">The run.</param>
/// <param name="Digest">SHA-256 of the payload's bytes; for what is kept, the digest that references name it with, which says nothing of the bytes that cross.</param>
/// <param name="IsKept">Whether it is something kept.</param>
public readonly record struct BlobName(string Run, BlobDigest Digest, bool IsKept)
{
    /// <summary>A payload, by the SHA-256 of its bytes.</summary>
    public static BlobName Payload(string run, BlobDigest digest) => new(run, digest, IsKept: false);

    /// <summary>Something that clients keep, by the digest of its content; it crosses as a payload.</summary>
    public static BlobName Kept(string run, BlobDigest digest) => new(run, digest, IsKept: true);

    /// <inheritdoc/>
    public override string ToString() => $"{(IsKept ? "kept part" : "payload")} {Digest} of run {Run}";

    /// <summary>The name in a request.</summary>
    /// <exception cref="TransferException"><see cref="TransferError.BadName"/>.</exception>
    internal static BlobName Of(FetchRequest request)
    {
        CheckRun(request.Run);
        ByteString? bytes = request.WhatCase switch
        {
            FetchRequest.WhatOneofCase.PayloadSha256 => request.PayloadSha256,
            FetchRequest.WhatOneofCase.KeptSha256 => request.KeptSha256,
            _ => null,
        };
        if (bytes is null || !BlobDigest.TryRead(bytes, out BlobDigest? digest))
            throw new TransferException(TransferError.BadName, $"a fetch names what it wants by {BlobDigest.Length} bytes of SHA-256, not {bytes?.Length ?? 0}");
        return new BlobName(request.Run, digest.Value, request.WhatCase == FetchRequest.WhatOneofCase.KeptSha256);
    }

    /// <summary>A request for the blob from an offset on.</summary>
    internal FetchRequest ToRequest(long offset)
    {
        FetchRequest request = new() { Run = Run, Offset = (ulong)offset };
        if (IsKept)
            request.KeptSha256 = Digest.ToByteString();
        else
            request.PayloadSha256 = Digest.ToByteString();
        return request;
    }

    /// <summary>Refuses names of runs that cannot be.</summary>
    internal static void CheckRun(string run)
    {
        if (run.Length is 0 or > TransferLimits.MaximumRunLength)
            throw new TransferException(TransferError.BadName, $"a run's name has 1 to {TransferLimits.MaximumRunLength} characters, not {run.Length}");
    }
}
