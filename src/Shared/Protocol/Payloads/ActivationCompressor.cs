using Federated.Engine.Randomness;

namespace Federated.Protocol.Payloads;

/// <summary>
/// Makes batches of one leg smaller, one after the other, in arrays that are used again: a part, and the positions in it, are valid until the next batch.
/// Not safe for use by several threads at once.
/// </summary>
public sealed class ActivationCompressor(ActivationCompression compression)
{
    private float[] values = [];
    private sbyte[] levels = [];
    private int[] positions = [];
    private ulong[] ranking = [];

    /// <summary>How batches are made smaller.</summary>
    public ActivationCompression Compression { get; } = compression;

    /// <summary>A batch on its way forward.</summary>
    /// <param name="kind">The leg.</param>
    /// <param name="shape">Samples, tokens and features.</param>
    /// <param name="batch">Row-major by sample, token and feature; an exact part holds it without copying.</param>
    /// <param name="key">Names the draws of rounding and sampling; the receiver needs none of it.</param>
    /// <exception cref="ArgumentException">The kind is none of the legs, or the number of values is not that of the shape.</exception>
    public ActivationsPart Compress(PartKind kind, ActivationShape shape, ReadOnlyMemory<float> batch, RandomKey key)
    {
        if (batch.Length != shape.Count)
            throw new ArgumentException($"A batch of {shape} has {shape.Count} values, here are {batch.Length}.", nameof(batch));
        return Compression.Coding switch
        {
            ActivationCoding.Exact => new DenseActivationsPart(kind, shape, batch),
            ActivationCoding.Quantized => Quantize(kind, shape, batch.Span, key),
            _ => Sparsify(kind, shape, batch.Span, key),
        };
    }

    /// <summary>A gradient on its way back. Where the batch went forward in part, so does the gradient, at the same positions; otherwise it is made smaller as a batch is.</summary>
    /// <param name="kind">The leg.</param>
    /// <param name="shape">Samples, tokens and features.</param>
    /// <param name="gradient">Row-major by sample, token and feature; an exact part holds it without copying.</param>
    /// <param name="forward">Where the batch's values crossed, <see cref="ActivationsPart.Positions"/> of its part; null when all did.</param>
    /// <param name="key">Names the draws of rounding.</param>
    /// <exception cref="ArgumentException">The kind is none of the legs, or the number of values is not that of the shape, or the positions are of another shape.</exception>
    public ActivationsPart CompressGradient(PartKind kind, ActivationShape shape, ReadOnlyMemory<float> gradient, ActivationPositions? forward, RandomKey key)
    {
        if (forward is null)
            return Compression.Coding is ActivationCoding.TopK or ActivationCoding.RandomTopK ? new DenseActivationsPart(kind, shape, gradient) : Compress(kind, shape, gradient, key);
        if (forward.Shape != shape || gradient.Length != shape.Count)
            throw new ArgumentException($"{gradient.Length} values of {shape} go back through a batch of {forward.Shape}.", nameof(forward));
        Memory<float> kept = Sized(ref values, forward.Values.Length);
        forward.Gather(gradient.Span, kept.Span);
        return new MaskedActivationsPart(kind, forward, kept);
    }

    private QuantizedActivationsPart Quantize(PartKind kind, ActivationShape shape, ReadOnlySpan<float> batch, RandomKey key)
    {
        Memory<float> scales = Sized(ref values, shape.Vectors);
        Memory<sbyte> rounded = Sized(ref levels, shape.Count);
        int most = QuantizedActivationsPart.LargestLevel(Compression.Bits);
        var random = new KeyedRandom(key);
        for (int vector = 0; vector < shape.Vectors; vector++)
        {
            int start = vector * shape.Features;
            scales.Span[vector] = QuantizeVector(batch.Slice(start, shape.Features), rounded.Span.Slice(start, shape.Features), most, ref random);
        }

        return new QuantizedActivationsPart(kind, shape, Compression.Bits, scales, rounded);
    }

    private static float QuantizeVector(ReadOnlySpan<float> vector, Span<sbyte> rounded, int most, ref KeyedRandom random)
    {
        float largest = 0;
        foreach (float value in vector)
            largest = Math.Max(largest, Math.Abs(value)); // NaN stays NaN
        rounded.Clear();
        if (!float.IsFinite(largest))
            return BitConverter.UInt32BitsToSingle(QuantizedActivationsCodec.NotANumber);
        float scale = largest / most;
        if (float.IsInfinity(most * scale))
            scale = float.BitDecrement(scale); // the quotient was rounded up, and the largest number there is would come back infinite
        if (scale == 0)
            return 0;
        for (int i = 0; i < rounded.Length; i++)
        {
            // ⌊q + u⌋ with u uniform in [0, 1) has the mean q. In double, where an integer q plus the largest u stays below the next.
            double quotient = vector[i] / (double)scale;
            rounded[i] = (sbyte)Math.Clamp(Math.Floor(quotient + random.NextSingle()), -most, most);
        }

        return scale;
    }

    private SparseActivationsPart Sparsify(PartKind kind, ActivationShape shape, ReadOnlySpan<float> batch, RandomKey key)
    {
        int kept = Compression.KeptOf(shape.Features);
        Memory<int> chosen = Sized(ref positions, checked(kept * shape.Vectors));
        Memory<float> crossing = Sized(ref values, chosen.Length);
        Span<ulong> order = Sized(ref ranking, shape.Features).Span;
        var random = new KeyedRandom(key);
        for (int vector = 0; vector < shape.Vectors; vector++)
            Choose(batch.Slice(vector * shape.Features, shape.Features), order, chosen.Span.Slice(vector * kept, kept), ref random);
        var sparse = new ActivationPositions(shape, kept, chosen);
        sparse.Gather(batch, crossing.Span);
        return new SparseActivationsPart(kind, sparse, crossing);
    }

    private void Choose(ReadOnlySpan<float> vector, Span<ulong> order, Span<int> chosen, ref KeyedRandom random)
    {
        // Descending by magnitude (as bits, which order as numbers do, with NaN first so that it is not lost), ascending by position among equals.
        for (int i = 0; i < vector.Length; i++)
            order[i] = ((ulong)~(BitConverter.SingleToUInt32Bits(vector[i]) & 0x7FFFFFFF) << 32) | (uint)i;
        order.Sort();
        int kept = chosen.Length;
        int strangers = 0;
        if (Compression.Coding == ActivationCoding.RandomTopK)
        {
            for (int i = 0; i < kept; i++)
                strangers += random.NextDouble() < Compression.Alpha ? 1 : 0;
            strangers = Math.Min(strangers, vector.Length - kept);
            Draw(order[kept..], strangers, ref random);
            Draw(order[..kept], kept - strangers, ref random);
        }

        for (int i = 0; i < kept; i++)
            chosen[i] = (int)(uint)(i < kept - strangers ? order[i] : order[strangers + i]);
        chosen.Sort();
    }

    /// <summary>Brings <paramref name="count"/> of the items, drawn without replacement, to the front.</summary>
    private static void Draw(Span<ulong> items, int count, ref KeyedRandom random)
    {
        for (int i = 0; i < count && count < items.Length; i++)
        {
            int other = i + random.Next(items.Length - i);
            (items[i], items[other]) = (items[other], items[i]);
        }
    }

    private static Memory<T> Sized<T>(ref T[] array, int length)
    {
        if (array.Length < length)
            array = GC.AllocateUninitializedArray<T>(length);
        return array.AsMemory(0, length);
    }
}
