using Federated.Engine.Parameters;

namespace Federated.Protocol.Payloads;

/// <summary>Values of some whole tensors of the model. Who needs them, and so how they are booked, says the kind: tensors that train, those that cross once, those of the server's side, or a client's own.</summary>
public sealed record TensorValuesPart : Part
{
    /// <summary>Values of the tensors in <paramref name="subset"/>.</summary>
    /// <param name="kind"><see cref="PartKind.TensorValues"/>, <see cref="PartKind.FrozenValues"/>, <see cref="PartKind.BodyValues"/> or <see cref="PartKind.PrivateValues"/>.</param>
    /// <param name="subset">Which tensors.</param>
    /// <param name="values">The subset's compact vector.</param>
    /// <exception cref="ArgumentException">The kind is another one, or the number of values is not that of the subset.</exception>
    public TensorValuesPart(PartKind kind, ParameterSubset subset, float[] values)
    {
        if (!PartKinds.IsTensorValues(kind))
            throw new ArgumentException($"{kind} is no kind of tensors' values.", nameof(kind));
        if (values.Length != subset.Count)
            throw new ArgumentException($"The tensors have {subset.Count} values, here are {values.Length}.", nameof(values));
        Kind = kind;
        Subset = subset;
        Values = values;
    }

    /// <inheritdoc/>
    public override PartKind Kind { get; }

    /// <summary>The tensors that the values belong to.</summary>
    public ParameterSubset Subset { get; }

    /// <summary>The subset's compact vector.</summary>
    public float[] Values { get; }
}

/// <summary>Body: one bit per tensor of the layout, the first in the lowest bit, in whole bytes; then the float32 values.</summary>
internal sealed class TensorValuesCodec(PartKind kind) : PartCodec<TensorValuesPart>
{
    public override PartKind Kind => kind;

    public override Part Read(ref PartReader reader, DecodingState state)
    {
        ParameterLayout layout = state.Context.Layout;
        int tensors = layout.Tensors.Length;
        int start = reader.Offset;
        Span<ulong> words = new ulong[BitSet.WordCount(tensors)];
        ReadOnlySpan<byte> bitmap = reader.Take(BitmapBytes(tensors));
        for (int i = 0; i < bitmap.Length; i++)
            words[i >> 3] |= (ulong)bitmap[i] << (8 * (i & 7));
        if ((tensors & 7) != 0 && bitmap[^1] >> (tensors & 7) != 0)
            throw new PayloadException(PayloadError.OutOfRange, start + bitmap.Length - 1, $"A tensor behind the last of {tensors} is named.");
        var subset = new ParameterSubset(layout, BitSet.FromWords(tensors, words));
        return new TensorValuesPart(kind, subset, reader.ReadVector(subset.Count, $"values of {subset.Tensors.Length} tensors", state.Context.Vectors));
    }

    protected override int Measure(TensorValuesPart part, out byte[] stream)
    {
        stream = [];
        return checked(BitmapBytes(part.Subset.Members.Length) + (part.Values.Length * sizeof(float)));
    }

    protected override void Write(TensorValuesPart part, byte[] stream, ref PartWriter writer)
    {
        BitSet members = part.Subset.Members;
        for (int i = 0; i < BitmapBytes(members.Length); i++)
            writer.WriteByte((byte)(members.Words[i >> 3] >> (8 * (i & 7))));
        writer.WriteSingles(part.Values);
    }

    private static int BitmapBytes(int tensors) => (tensors + 7) >> 3;
}
