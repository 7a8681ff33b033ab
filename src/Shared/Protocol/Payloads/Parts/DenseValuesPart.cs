namespace Federated.Protocol.Payloads;

/// <summary>The whole parameter vector, or a change of it.</summary>
/// <param name="Values">One value per coordinate of the layout, in its order.</param>
public sealed record DenseValuesPart(float[] Values) : Part
{
    /// <inheritdoc/>
    public override PartKind Kind => PartKind.DenseValues;
}

/// <summary>Body: the float32 values.</summary>
internal sealed class DenseValuesCodec : PartCodec<DenseValuesPart>
{
    public override PartKind Kind => PartKind.DenseValues;

    public override Part Read(ref PartReader reader, DecodingState state) => new DenseValuesPart(reader.ReadVector(state.Context.Layout.Count, "parameters", state.Context.Vectors));

    protected override int Measure(DenseValuesPart part, out byte[] stream)
    {
        stream = [];
        return checked(part.Values.Length * sizeof(float));
    }

    protected override void Write(DenseValuesPart part, byte[] stream, ref PartWriter writer) => writer.WriteSingles(part.Values);
}
