using Federated.Engine.Parameters;

namespace Federated.Protocol.Payloads;

/// <summary>The compact vector of a mask that the receiver holds: no positions cross. The mask is the one in force (see <see cref="PayloadContext.Mask"/>).</summary>
public sealed record SparseValuesPart : Part
{
    /// <summary>Values of the coordinates that <paramref name="mask"/> keeps, in the order of its compact vector.</summary>
    /// <exception cref="ArgumentException">The number of values is not that of the mask.</exception>
    public SparseValuesPart(Mask mask, float[] values)
    {
        if (values.Length != mask.Count)
            throw new ArgumentException($"The mask keeps {mask.Count} values, here are {values.Length}.", nameof(values));
        Mask = mask;
        Values = values;
    }

    /// <summary>The mask that the values belong to.</summary>
    public Mask Mask { get; }

    /// <summary>The compact vector.</summary>
    public float[] Values { get; }

    /// <inheritdoc/>
    public override PartKind Kind => PartKind.SparseValues;
}

/// <summary>
/// Body: the first 4 bytes of the mask's digest, then the float32 values. The 4 bytes find out, with one chance in 2^32 of not doing so, that the two ends hold different masks of the same size.
/// </summary>
internal sealed class SparseValuesCodec : PartCodec<SparseValuesPart>
{
    private const int TagBytes = 4;

    public override PartKind Kind => PartKind.SparseValues;

    public override Part Read(ref PartReader reader, DecodingState state)
    {
        int start = reader.Offset;
        Mask mask = state.Mask
            ?? throw new PayloadException(PayloadError.UnknownMask, start, "Values of a mask arrive, and no mask is in force; send one before them.");
        string tag = Convert.ToHexStringLower(reader.Take(TagBytes));
        if (!mask.Digest.StartsWith(tag, StringComparison.Ordinal))
            throw new PayloadException(PayloadError.UnknownMask, start, $"The values belong to the mask {tag}…, in force is {mask.Digest}; send the mask with them.");
        return new SparseValuesPart(mask, reader.ReadVector(mask.Count, "kept values", state.Context.Vectors));
    }

    protected override int Measure(SparseValuesPart part, out byte[] stream)
    {
        stream = [];
        return checked(TagBytes + (part.Values.Length * sizeof(float)));
    }

    protected override void Write(SparseValuesPart part, byte[] stream, ref PartWriter writer)
    {
        writer.WriteBytes(Convert.FromHexString(part.Mask.Digest.AsSpan(0, 2 * TagBytes)));
        writer.WriteSingles(part.Values);
    }
}
