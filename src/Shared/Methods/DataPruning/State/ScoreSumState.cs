using System.Buffers.Binary;

namespace Federated.Methods.DataPruning.State;

/// <summary>A score of each sample, summed over all looks at it.</summary>
internal sealed class ScoreSumState(int samples) : PruningState(2, samples, BytesPerSample)
{
    /// <summary>Bytes of one sample.</summary>
    public const int BytesPerSample = 8;

    private readonly double[] sums = new double[samples];

    /// <summary>Takes note of a look at a sample.</summary>
    public void Look(int sample, double score) => sums[sample] += score;

    /// <summary>Sum of a sample's scores.</summary>
    public double SumOf(int sample) => sums[sample];

    /// <inheritdoc/>
    protected override void Write(int sample, Span<byte> to) => BinaryPrimitives.WriteDoubleLittleEndian(to, sums[sample]);

    /// <inheritdoc/>
    protected override void Read(int sample, ReadOnlySpan<byte> from)
    {
        sums[sample] = BinaryPrimitives.ReadDoubleLittleEndian(from);
        if (!double.IsFinite(sums[sample]))
            throw Implausible(sample, sums[sample]);
    }
}
