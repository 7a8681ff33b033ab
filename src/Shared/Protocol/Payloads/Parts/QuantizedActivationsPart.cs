using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Federated.Protocol.Payloads;

/// <summary>
/// A batch of vectors at a cut as levels of few bits: a value is its level times its vector's scale. A vector in which something is not finite has the scale NaN and levels of zero, so that it is
/// not a number at the other end either.
/// </summary>
public sealed record QuantizedActivationsPart : ActivationsPart
{
    /// <summary>A batch of these levels.</summary>
    /// <param name="kind">One of the four legs of a cut.</param>
    /// <param name="shape">Samples, tokens and features.</param>
    /// <param name="bits">Bits of a level, 8 or 4.</param>
    /// <param name="scales">One per vector, not negative and not infinite.</param>
    /// <param name="levels">One per value, of magnitudes up to 2^(bits−1)−1; all zero where the scale is zero or NaN.</param>
    /// <exception cref="ArgumentException">A number does not fit, or is outside its range.</exception>
    public QuantizedActivationsPart(PartKind kind, ActivationShape shape, int bits, ReadOnlyMemory<float> scales, ReadOnlyMemory<sbyte> levels)
        : base(kind, shape)
    {
        if (bits is not (4 or 8))
            throw new ArgumentException($"Levels have 8 or 4 bits, not {bits}.", nameof(bits));
        if (scales.Length != shape.Vectors || levels.Length != shape.Count)
            throw new ArgumentException($"A batch of {shape} has {shape.Vectors} scales and {shape.Count} levels, here are {scales.Length} and {levels.Length}.", nameof(scales));
        for (int vector = 0; vector < scales.Length; vector++)
        {
            if (FaultOf(bits, scales.Span[vector], levels.Span.Slice(vector * shape.Features, shape.Features)) is { } fault)
                throw new ArgumentException($"Vector {vector}: {fault}", nameof(levels));
        }

        Bits = bits;
        Scales = scales;
        Levels = levels;
    }

    /// <summary>Bits of a level.</summary>
    public int Bits { get; }

    /// <summary>One scale per vector.</summary>
    public ReadOnlyMemory<float> Scales { get; }

    /// <summary>One level per value, row-major by sample, token and feature.</summary>
    public ReadOnlyMemory<sbyte> Levels { get; }

    internal override byte Codec => Bits == 8 ? QuantizedActivationsCodec.Number8 : QuantizedActivationsCodec.Number4;

    /// <summary>The largest level of so many bits; the smallest is its negative, so that zero is in the middle.</summary>
    internal static int LargestLevel(int bits) => (1 << (bits - 1)) - 1;

    /// <summary>Bytes of one vector: the scale, then the levels, two to a byte when they have 4 bits.</summary>
    internal static int VectorBytes(int bits, int features) => sizeof(float) + (bits == 8 ? features : (features + 1) / 2);

    /// <summary>What is wrong with a vector, or null.</summary>
    internal static string? FaultOf(int bits, float scale, ReadOnlySpan<sbyte> levels)
    {
        // One bit pattern for each: neither a negative zero nor another NaN.
        if (float.IsNaN(scale) ? BitConverter.SingleToUInt32Bits(scale) != QuantizedActivationsCodec.NotANumber : float.IsNegative(scale) || float.IsInfinity(scale))
            return $"the scale {scale} is negative, infinite, or another NaN than the one that is agreed on.";
        int most = scale > 0 ? LargestLevel(bits) : 0;
        return levels.ContainsAnyExceptInRange((sbyte)-most, (sbyte)most) ? $"a level is outside −{most}…{most} where the scale is {scale}." : null;
    }

    private protected override void Restore(Span<float> values)
    {
        ReadOnlySpan<sbyte> levels = Levels.Span;
        int next = 0;
        foreach (float scale in Scales.Span)
        {
            for (int end = next + Shape.Features; next < end; next++)
                values[next] = levels[next] * scale;
        }
    }
}

/// <summary>
/// Body: the numbers of samples, tokens and features; for each vector its float32 scale and its levels in two's complement, one byte each, or two to a byte with the first in the lower half and zero behind the last.
/// </summary>
internal sealed class QuantizedActivationsCodec(PartKind kind, int bits) : PartCodec<QuantizedActivationsPart>
{
    public const byte Number8 = 1;
    public const byte Number4 = 2;

    /// <summary>The bits of the quiet NaN that stands for "not finite".</summary>
    public const uint NotANumber = 0x7FC00000;

    public override PartKind Kind => kind;

    public override byte Number => bits == 8 ? Number8 : Number4;

    public override Part Read(ref PartReader reader, DecodingState state)
    {
        var shape = ActivationShape.Read(ref reader, state.Context.RequireActivations(kind, reader.Offset));
        long expected = (long)QuantizedActivationsPart.VectorBytes(bits, shape.Features) * shape.Vectors;
        if (reader.Remaining != expected)
            throw new PayloadException(PayloadError.LengthMismatch, reader.Offset, $"A batch of {shape} in {bits} bits takes {expected} bytes, here are {reader.Remaining}.");
        float[] scales = new float[shape.Vectors];
        sbyte[] levels = GC.AllocateUninitializedArray<sbyte>(shape.Count);
        for (int vector = 0; vector < scales.Length; vector++)
        {
            int start = reader.Offset;
            scales[vector] = BinaryPrimitives.ReadSingleLittleEndian(reader.Take(sizeof(float)));
            Span<sbyte> row = levels.AsSpan(vector * shape.Features, shape.Features);
            if (bits == 8)
                MemoryMarshal.Cast<byte, sbyte>(reader.Take(row.Length)).CopyTo(row);
            else
                Unpack(reader.Take((row.Length + 1) / 2), row, start + sizeof(float));
            if (QuantizedActivationsPart.FaultOf(bits, scales[vector], row) is { } fault)
                throw new PayloadException(PayloadError.OutOfRange, start, $"Vector {vector}: {fault}");
        }

        return new QuantizedActivationsPart(kind, shape, bits, scales, levels);
    }

    protected override int Measure(QuantizedActivationsPart part, out byte[] stream)
    {
        stream = [];
        return checked(part.Shape.HeaderBytes + (QuantizedActivationsPart.VectorBytes(bits, part.Shape.Features) * part.Shape.Vectors));
    }

    protected override void Write(QuantizedActivationsPart part, byte[] stream, ref PartWriter writer)
    {
        part.Shape.Write(ref writer);
        for (int vector = 0; vector < part.Shape.Vectors; vector++)
        {
            writer.WriteSingles(part.Scales.Span.Slice(vector, 1));
            ReadOnlySpan<sbyte> row = part.Levels.Span.Slice(vector * part.Shape.Features, part.Shape.Features);
            if (bits == 8)
            {
                writer.WriteBytes(MemoryMarshal.AsBytes(row));
                continue;
            }

            for (int i = 0; i < row.Length; i += 2)
                writer.WriteByte((byte)((row[i] & 15) | (i + 1 < row.Length ? row[i + 1] << 4 : 0)));
        }
    }

    private static void Unpack(ReadOnlySpan<byte> packed, Span<sbyte> levels, int offset)
    {
        for (int i = 0; i < levels.Length; i++)
            levels[i] = (sbyte)((sbyte)((i & 1) == 0 ? packed[i >> 1] << 4 : packed[i >> 1] & 0xF0) >> 4);
        if ((levels.Length & 1) != 0 && packed[^1] >> 4 != 0)
            throw new PayloadException(PayloadError.OutOfRange, offset + packed.Length - 1, "Bits behind the last level are not zero.");
    }
}
