using Federated.Protocol.Coding;

namespace Federated.Protocol.Payloads;

/// <summary>
/// How one leg of a cut is made smaller. Nothing of it crosses but what the parts say themselves: a receiver decodes any of them.
/// </summary>
public sealed record ActivationCompression
{
    private ActivationCompression(ActivationCoding coding)
    {
        Coding = coding;
    }

    /// <summary>Every bit crosses.</summary>
    public static ActivationCompression None { get; } = new(ActivationCoding.Exact);

    /// <summary>The coding.</summary>
    public ActivationCoding Coding { get; }

    /// <summary>Bits of a quantised level, 8 or 4; 32 for other codings.</summary>
    public int Bits { get; private init; } = 32;

    /// <summary>Share of each vector's values that crosses; 1 for other codings than the sparse ones.</summary>
    public double Keep { get; private init; } = 1;

    /// <summary>Probability that a value of RandTopk is drawn from outside the largest.</summary>
    public double Alpha { get; private init; }

    /// <summary>What evaluation uses: the same without the draws, RandTopk's plain top-k.</summary>
    public ActivationCompression ForEvaluation => Coding == ActivationCoding.RandomTopK ? TopK(Keep) : this;

    /// <summary>
    /// Levels of so many bits, −(2^(bits−1)−1) … 2^(bits−1)−1, times a scale per vector, its largest magnitude over the largest level. Rounding is stochastic, up or down so that the mean is the value itself:
    /// gradients stay unbiased, and a value is off by less than one scale.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The bits are not 8 or 4.</exception>
    public static ActivationCompression Quantized(int bits) => bits is 8 or 4
        ? new(ActivationCoding.Quantized) { Bits = bits }
        : throw new ArgumentOutOfRangeException(nameof(bits), bits, "Levels have 8 or 4 bits.");

    /// <summary>The values of largest magnitude of each vector, exactly; the others become zero. Among equals the earlier ones stay.</summary>
    /// <param name="keep">Share of each vector that stays, above 0 and at most 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The share is outside its range.</exception>
    public static ActivationCompression TopK(double keep) => new(ActivationCoding.TopK) { Keep = RequireKeep(keep) };

    /// <summary>
    /// RandTopk (Zheng et al., "Reducing Communication for Split Learning by Randomized Top-k Sparsification", IJCAI 2023): k values of each vector, each of them drawn without replacement from the k largest with
    /// probability 1−α and from the others with probability α, so that features that start small are trained as well.
    /// </summary>
    /// <param name="keep">Share of each vector that stays, above 0 and at most 1.</param>
    /// <param name="alpha">α, 0…1; 0 is <see cref="TopK"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">The share or α is outside its range.</exception>
    public static ActivationCompression RandomTopK(double keep, double alpha) => alpha is >= 0 and <= 1
        ? new(ActivationCoding.RandomTopK) { Keep = RequireKeep(keep), Alpha = alpha }
        : throw new ArgumentOutOfRangeException(nameof(alpha), alpha, "A probability is 0…1.");

    /// <summary>Values of a vector of <paramref name="features"/> that cross: their share rounded to the nearest, at least 1.</summary>
    public int KeptOf(int features) => Math.Max(1, (int)Math.Round(Keep * features, MidpointRounding.AwayFromZero));

    /// <summary>
    /// Bytes of a batch's part, its header included: exactly for exact and quantised batches; for sparse ones with what uniformly random positions take on average.
    /// </summary>
    public long PartBytes(ActivationShape shape)
    {
        int kept = KeptOf(shape.Features);
        long body = shape.HeaderBytes + Coding switch
        {
            ActivationCoding.Exact => (long)shape.Count * sizeof(float),
            ActivationCoding.Quantized => QuantizedActivationsPart.VectorBytes(Bits, shape.Features) * (long)shape.Vectors,
            _ => PartWriter.NumberBytes(kept) + ((long)shape.Vectors * kept * sizeof(float)) + PositionBytes(shape, kept),
        };
        return PayloadFormat.PartHeaderBytes((int)Math.Min(body, int.MaxValue)) + body;
    }

    /// <summary>Bytes of the part of a gradient that comes back through a batch of this coding: positions of sparse ones are known.</summary>
    public long GradientPartBytes(ActivationShape shape)
    {
        if (Coding is ActivationCoding.Exact or ActivationCoding.Quantized)
            return PartBytes(shape);
        int kept = KeptOf(shape.Features);
        long body = shape.HeaderBytes + PartWriter.NumberBytes(kept) + ((long)shape.Vectors * kept * sizeof(float));
        return PayloadFormat.PartHeaderBytes((int)Math.Min(body, int.MaxValue)) + body;
    }

    private static double RequireKeep(double keep) =>
        keep is > 0 and <= 1 ? keep : throw new ArgumentOutOfRangeException(nameof(keep), keep, "A kept share is above 0 and at most 1.");

    private static long PositionBytes(ActivationShape shape, int kept) => kept == 1
        ? PackedNumbers.PackedBytes(shape.Features, shape.Vectors)
        : (long)Math.Ceiling(shape.Vectors * IndexSetCodec.MeanBits(shape.Features, kept) / 8);
}
