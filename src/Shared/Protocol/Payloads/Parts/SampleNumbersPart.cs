namespace Federated.Protocol.Payloads;

/// <summary>Which of its own samples a client's batch holds, in the batch's order: what the server needs to find what it has kept of them.</summary>
public sealed record SampleNumbersPart : Part
{
    /// <summary>Samples of a batch.</summary>
    /// <param name="population">Number of samples that the client has.</param>
    /// <param name="numbers">One per sample of the batch, at least one, each in 0…<paramref name="population"/>−1.</param>
    /// <exception cref="ArgumentException">There is no number, or one is outside its range.</exception>
    public SampleNumbersPart(int population, params int[] numbers)
    {
        PackedNumbers.Require(population, numbers, nameof(numbers));
        Population = population;
        Numbers = numbers;
    }

    /// <summary>Number of samples that the client has.</summary>
    public int Population { get; }

    /// <summary>One number per sample of the batch.</summary>
    public int[] Numbers { get; }

    /// <inheritdoc/>
    public override PartKind Kind => PartKind.SampleNumbers;
}

/// <summary>Body: the client's number of samples, the batch's, ⌈log2 of the former⌉ bits for each of the latter.</summary>
internal sealed class SampleNumbersCodec : PartCodec<SampleNumbersPart>
{
    public override PartKind Kind => PartKind.SampleNumbers;

    public override Part Read(ref PartReader reader, DecodingState state)
    {
        int[] numbers = PackedNumbers.Read(ref reader, state.Context.RequireActivations(Kind, reader.Offset).Largest.Samples, out int population);
        return new SampleNumbersPart(population, numbers);
    }

    protected override int Measure(SampleNumbersPart part, out byte[] stream)
    {
        stream = [];
        return PackedNumbers.Measure(part.Population, part.Numbers.Length);
    }

    protected override void Write(SampleNumbersPart part, byte[] stream, ref PartWriter writer) => PackedNumbers.Write(part.Population, part.Numbers, ref writer);
}
