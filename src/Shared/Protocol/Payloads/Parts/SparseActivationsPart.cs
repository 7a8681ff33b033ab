using System.Numerics;
using Federated.Engine.Parameters;
using Federated.Protocol.Coding;

namespace Federated.Protocol.Payloads;

/// <summary>A batch of vectors at a cut of which as many values of each cross, exactly; the others are zero.</summary>
public sealed record SparseActivationsPart : PositionedActivationsPart
{
    /// <summary>A batch of these values.</summary>
    /// <param name="kind">One of the four legs of a cut.</param>
    /// <param name="positions">Which values cross.</param>
    /// <param name="values">One per position.</param>
    /// <exception cref="ArgumentException">The kind is none of the legs, or the number of values is not that of the positions.</exception>
    public SparseActivationsPart(PartKind kind, ActivationPositions positions, ReadOnlyMemory<float> values)
        : base(kind, positions, values)
    {
    }

    internal override byte Codec => SparseActivationsCodec.SparseNumber;
}

/// <summary>
/// Body: the numbers of samples, tokens and features, and of values that cross of each vector; these as float32; then their positions. The positions of all vectors share one coded stream (see
/// <see cref="IndexSetCodec"/>), unless each vector has one only: a lone position in ⌈log2 d⌉ bits is smaller than the coder's log2 d + 0.72.
/// </summary>
internal sealed class SparseActivationsCodec(PartKind kind) : PartCodec<SparseActivationsPart>
{
    public const byte SparseNumber = 3;

    public override PartKind Kind => kind;

    public override byte Number => SparseNumber;

    public override Part Read(ref PartReader reader, DecodingState state)
    {
        var shape = ActivationShape.Read(ref reader, state.Context.RequireActivations(kind, reader.Offset));
        int kept = reader.ReadCount(shape.Features, "number of values of a vector");
        float[] values = reader.ReadSingles(kept * shape.Vectors);
        int[] positions = new int[values.Length];
        if (kept == 1)
            PackedNumbers.Unpack(shape.Features, positions, ref reader);
        else
            DecodePositions(ref reader, shape, kept, positions);
        return new SparseActivationsPart(kind, new ActivationPositions(shape, kept, positions), values);
    }

    protected override int Measure(SparseActivationsPart part, out byte[] stream)
    {
        ActivationPositions positions = part.Positions;
        stream = positions.Kept == 1 ? [] : EncodePositions(positions);
        int packed = positions.Kept == 1 ? PackedNumbers.PackedBytes(part.Shape.Features, part.Shape.Vectors) : 0;
        return checked(part.Shape.HeaderBytes + PartWriter.NumberBytes(positions.Kept) + (part.Values.Length * sizeof(float)) + packed + stream.Length);
    }

    protected override void Write(SparseActivationsPart part, byte[] stream, ref PartWriter writer)
    {
        part.Shape.Write(ref writer);
        writer.WriteNumber(part.Positions.Kept);
        writer.WriteSingles(part.Values.Span);
        if (part.Positions.Kept == 1)
            PackedNumbers.Pack(part.Shape.Features, part.Positions.Values.Span, ref writer);
        else
            writer.WriteBytes(stream);
    }

    private static byte[] EncodePositions(ActivationPositions positions)
    {
        int features = positions.Shape.Features;
        int kept = positions.Kept;
        ulong[] words = new ulong[BitSet.WordCount(features)];
        var encoder = new RangeEncoder(checked(IndexSetCodec.EstimateBytes(features, kept) * positions.Shape.Vectors));
        for (int vector = 0; vector < positions.Shape.Vectors; vector++)
        {
            words.AsSpan().Clear();
            foreach (int position in positions.Values.Span.Slice(vector * kept, kept))
                words[position >> 6] |= 1UL << (position & 63);
            IndexSetCodec.Encode(ref encoder, words, features, kept);
        }

        return encoder.Finish();
    }

    private static void DecodePositions(ref PartReader reader, ActivationShape shape, int kept, Span<int> positions)
    {
        int start = reader.Offset;
        var decoder = new RangeDecoder(reader.Take(reader.Remaining), start);
        ulong[] words = new ulong[BitSet.WordCount(shape.Features)];
        int next = 0;
        for (int vector = 0; vector < shape.Vectors; vector++)
        {
            words.AsSpan().Clear();
            IndexSetCodec.Decode(ref decoder, words, shape.Features, kept);
            for (int w = 0; w < words.Length; w++)
            {
                for (ulong rest = words[w]; rest != 0; rest &= rest - 1)
                    positions[next++] = (w << 6) + BitOperations.TrailingZeroCount(rest);
            }
        }

        decoder.RequireEnd();
    }
}
