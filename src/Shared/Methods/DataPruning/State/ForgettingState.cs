using System.Buffers.Binary;

namespace Federated.Methods.DataPruning.State;

/// <summary>How often each sample was right once and wrong the next time (Toneva et al. 2019). Two bits and a count in 32 bits.</summary>
internal sealed class ForgettingState(int samples) : PruningState(1, samples, BytesPerSample)
{
    /// <summary>Bytes of one sample.</summary>
    public const int BytesPerSample = 4;

    private const uint WasRight = 1;
    private const uint WasEverRight = 2;
    private const int CountShift = 2;

    private readonly uint[] seen = new uint[samples];

    /// <summary>Takes note of a look at a sample.</summary>
    public void Look(int sample, bool isRight)
    {
        ref uint entry = ref seen[sample];
        uint count = entry >> CountShift;
        bool wasRight = (entry & WasRight) != 0;
        if (wasRight && !isRight)
            count++;
        entry = (count << CountShift) | (isRight ? WasRight | WasEverRight : entry & WasEverRight);
    }

    /// <summary>Times a sample was forgotten; infinity for one that was never right.</summary>
    public double ScoreOf(int sample) => (seen[sample] & WasEverRight) == 0 ? double.PositiveInfinity : seen[sample] >> CountShift;

    /// <inheritdoc/>
    protected override void Write(int sample, Span<byte> to) => BinaryPrimitives.WriteUInt32LittleEndian(to, seen[sample]);

    /// <inheritdoc/>
    protected override void Read(int sample, ReadOnlySpan<byte> from)
    {
        seen[sample] = BinaryPrimitives.ReadUInt32LittleEndian(from);
        if ((seen[sample] & WasEverRight) == 0 && seen[sample] != 0)
            throw Implausible(sample, seen[sample]);
    }
}
