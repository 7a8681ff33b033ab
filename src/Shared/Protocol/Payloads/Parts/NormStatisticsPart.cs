namespace Federated.Protocol.Payloads;

/// <summary>Running means and variances of all BN layers.</summary>
/// <param name="Values">The network's flat vector of statistics.</param>
public sealed record NormStatisticsPart(float[] Values) : Part
{
    /// <inheritdoc/>
    public override PartKind Kind => PartKind.NormStatistics;
}

/// <summary>Body: the float32 values.</summary>
internal sealed class NormStatisticsCodec : PartCodec<NormStatisticsPart>
{
    public override PartKind Kind => PartKind.NormStatistics;

    public override Part Read(ref PartReader reader, DecodingState state) =>
        new NormStatisticsPart(reader.ReadVector(state.Context.NormStatisticsCount, "BN statistics", state.Context.Vectors));

    protected override int Measure(NormStatisticsPart part, out byte[] stream)
    {
        stream = [];
        return checked(part.Values.Length * sizeof(float));
    }

    protected override void Write(NormStatisticsPart part, byte[] stream, ref PartWriter writer) => writer.WriteSingles(part.Values);
}
