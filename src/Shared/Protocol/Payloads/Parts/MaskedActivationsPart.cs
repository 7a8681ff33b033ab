namespace Federated.Protocol.Payloads;

/// <summary>
/// A gradient that comes back through a sparse batch: its values where that batch had values, and zero elsewhere. No positions cross, the receiver knows them (see <see cref="PayloadContext.Positions"/>).
/// </summary>
public sealed record MaskedActivationsPart : PositionedActivationsPart
{
    /// <summary>A gradient of these values.</summary>
    /// <param name="kind">One of the four legs of a cut.</param>
    /// <param name="positions">The positions of the batch that went the other way.</param>
    /// <param name="values">One per position.</param>
    /// <exception cref="ArgumentException">The kind is none of the legs, or the number of values is not that of the positions.</exception>
    public MaskedActivationsPart(PartKind kind, ActivationPositions positions, ReadOnlyMemory<float> values)
        : base(kind, positions, values)
    {
    }

    internal override byte Codec => MaskedActivationsCodec.MaskedNumber;
}

/// <summary>Body: the numbers of samples, tokens and features, and of values of each vector; these as float32.</summary>
internal sealed class MaskedActivationsCodec(PartKind kind) : PartCodec<MaskedActivationsPart>
{
    public const byte MaskedNumber = 4;

    public override PartKind Kind => kind;

    public override byte Number => MaskedNumber;

    public override Part Read(ref PartReader reader, DecodingState state)
    {
        int start = reader.Offset;
        var shape = ActivationShape.Read(ref reader, state.Context.RequireActivations(kind, start));
        int kept = reader.ReadCount(shape.Features, "number of values of a vector");
        ActivationPositions positions = state.Context.Positions
            ?? throw new PayloadException(PayloadError.Unexpected, start, "Values at known positions arrive, and no sparse batch went the other way.");
        if (positions.Shape != shape || positions.Kept != kept)
            throw new PayloadException(PayloadError.LengthMismatch, start, $"{kept} values of each vector of {shape} arrive; {positions.Kept} of {positions.Shape} went the other way.");
        return new MaskedActivationsPart(kind, positions, reader.ReadVector(positions.Values.Length, "values at known positions", state.Context.Vectors));
    }

    protected override int Measure(MaskedActivationsPart part, out byte[] stream)
    {
        stream = [];
        return checked(part.Shape.HeaderBytes + PartWriter.NumberBytes(part.Positions.Kept) + (part.Values.Length * sizeof(float)));
    }

    protected override void Write(MaskedActivationsPart part, byte[] stream, ref PartWriter writer)
    {
        part.Shape.Write(ref writer);
        writer.WriteNumber(part.Positions.Kept);
        writer.WriteSingles(part.Values.Span);
    }
}
