namespace Federated.Protocol.Payloads;

/// <summary>
/// The digest of something that the receiver holds, in place of it. A reference to a mask is looked up while decoding and puts that mask in force for the parts behind it;
/// what other kinds refer to is the receiver's to find.
/// </summary>
public sealed record ReferencePart : Part
{
    /// <summary>A reference to what would be a part of kind <paramref name="target"/>.</summary>
    /// <param name="target">Kind of what is referred to; for <see cref="PartKind.Mask"/> the digest is the mask's.</param>
    /// <param name="digest">SHA-256 in lower-case hexadecimal, 64 characters.</param>
    /// <exception cref="ArgumentException">The digest is not of that form, or the target is no kind of content.</exception>
    public ReferencePart(PartKind target, string digest)
    {
        if (!IsTarget((byte)target))
            throw new ArgumentException($"{target} cannot be referred to.", nameof(target));
        if (digest.Length != 2 * PartWriter.DigestBytes || digest.AsSpan().ContainsAnyExcept("0123456789abcdef"))
            throw new ArgumentException("A digest is 64 lower-case hexadecimal digits.", nameof(digest));
        Target = target;
        Digest = digest;
    }

    /// <summary>Kind of what is referred to.</summary>
    public PartKind Target { get; }

    /// <summary>Its SHA-256 in lower-case hexadecimal.</summary>
    public string Digest { get; }

    /// <inheritdoc/>
    public override PartKind Kind => PartKind.Reference;

    internal static bool IsTarget(byte kind) => (PartKind)kind is (> PartKind.Envelope and < PartKind.Reference) or PartKind.TensorValues or PartKind.FrozenValues or PartKind.BodyValues;
}

/// <summary>Body: the kind (one byte) and the 32 bytes of the digest.</summary>
internal sealed class ReferenceCodec : PartCodec<ReferencePart>
{
    public override PartKind Kind => PartKind.Reference;

    public override Part Read(ref PartReader reader, DecodingState state)
    {
        int start = reader.Offset;
        byte target = reader.ReadByte();
        if (!ReferencePart.IsTarget(target))
            throw new PayloadException(PayloadError.UnknownKind, start, $"Part kind {target} cannot be referred to.");
        string digest = reader.ReadDigest();
        if (target == (byte)PartKind.Mask)
            state.Mask = state.RequireMask(digest, start + 1);
        return new ReferencePart((PartKind)target, digest);
    }

    protected override int Measure(ReferencePart part, out byte[] stream)
    {
        stream = [];
        return 1 + PartWriter.DigestBytes;
    }

    protected override void Write(ReferencePart part, byte[] stream, ref PartWriter writer)
    {
        writer.WriteByte((byte)part.Target);
        writer.WriteDigest(part.Digest);
    }
}
