using System.Buffers.Binary;

namespace Federated.Methods.DataPruning.State;

/// <summary>The loss that each sample had when it was last trained on; 3 before that, as in InfoBatch's and SeTa's programs: above what most samples have after the first epoch.</summary>
internal sealed class LossState : PruningState
{
    /// <summary>Bytes of one sample.</summary>
    public const int BytesPerSample = 4;

    private const float Unseen = 3;

    private readonly float[] losses;

    /// <summary>Nothing was trained on yet.</summary>
    public LossState(int samples)
        : base(3, samples, BytesPerSample)
    {
        losses = new float[samples];
        Array.Fill(losses, Unseen);
    }

    /// <summary>Takes note of a sample's loss in training.</summary>
    public void Look(int sample, double loss) => losses[sample] = (float)loss;

    /// <summary>All losses.</summary>
    public double[] ToScores() => [.. losses.Select(static loss => (double)loss)];

    /// <inheritdoc/>
    protected override void Write(int sample, Span<byte> to) => BinaryPrimitives.WriteSingleLittleEndian(to, losses[sample]);

    /// <inheritdoc/>
    protected override void Read(int sample, ReadOnlySpan<byte> from)
    {
        losses[sample] = BinaryPrimitives.ReadSingleLittleEndian(from);
        if (!float.IsFinite(losses[sample]) || losses[sample] < 0)
            throw Implausible(sample, losses[sample]);
    }
}
