using Federated.Engine.Parameters;
using Federated.Protocol.Coding;

namespace Federated.Protocol.Payloads;

/// <summary>Some positions of one tensor, and the values there.</summary>
public sealed record IndexedValuesPart : Part
{
    /// <summary>Values at positions of tensor <paramref name="tensor"/>.</summary>
    /// <param name="tensor">Index of the tensor in the layout.</param>
    /// <param name="positions">Which values: as many positions as the tensor has values.</param>
    /// <param name="values">One value for each set position, ascending by position.</param>
    /// <exception cref="ArgumentException">The numbers of positions and values differ.</exception>
    public IndexedValuesPart(int tensor, BitSet positions, float[] values)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(tensor);
        if (positions.Count != values.Length)
            throw new ArgumentException($"{positions.Count} positions have {values.Length} values.", nameof(values));
        Tensor = tensor;
        Positions = positions;
        Values = values;
    }

    /// <summary>Index of the tensor in the layout.</summary>
    public int Tensor { get; }

    /// <summary>Which values.</summary>
    public BitSet Positions { get; }

    /// <summary>The values, ascending by position.</summary>
    public float[] Values { get; }

    /// <inheritdoc/>
    public override PartKind Kind => PartKind.IndexedValues;
}

/// <summary>Body: the tensor's index, the number of values, the float32 values, then the coded set of positions.</summary>
internal sealed class IndexedValuesCodec : PartCodec<IndexedValuesPart>
{
    public override PartKind Kind => PartKind.IndexedValues;

    public override Part Read(ref PartReader reader, DecodingState state)
    {
        ParameterLayout layout = state.Context.Layout;
        int tensor = reader.ReadNumber(layout.Tensors.Length - 1, "index of a tensor");
        int length = layout.Tensors[tensor].Count;
        int count = reader.ReadNumber(length, $"number of values of {layout.Tensors[tensor].Name}");
        float[] values = reader.ReadSingles(count);
        int start = reader.Offset;
        var decoder = new RangeDecoder(reader.Take(reader.Remaining), start);
        ulong[] words = new ulong[BitSet.WordCount(length)];
        IndexSetCodec.Decode(ref decoder, words, length, count);
        decoder.RequireEnd();
        return new IndexedValuesPart(tensor, BitSet.FromWords(length, words), values);
    }

    protected override int Measure(IndexedValuesPart part, out byte[] stream)
    {
        BitSet set = part.Positions;
        var encoder = new RangeEncoder(IndexSetCodec.EstimateBytes(set.Length, set.Count));
        IndexSetCodec.Encode(ref encoder, set.Words, set.Length, set.Count);
        stream = encoder.Finish();
        return checked(PartWriter.NumberBytes(part.Tensor) + PartWriter.NumberBytes(set.Count) + (set.Count * sizeof(float)) + stream.Length);
    }

    protected override void Write(IndexedValuesPart part, byte[] stream, ref PartWriter writer)
    {
        writer.WriteNumber(part.Tensor);
        writer.WriteNumber(part.Values.Length);
        writer.WriteSingles(part.Values);
        writer.WriteBytes(stream);
    }
}
