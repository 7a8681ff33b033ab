namespace Federated.Methods.DataPruning.State;

/// <summary>
/// What a client remembers of its samples from round to round: a byte that names the kind, then numbers for each sample, little-endian. Its length follows from the kind and the number of samples.
/// </summary>
internal abstract class PruningState(byte kind, int samples, int bytesPerSample)
{
    private const int HeadBytes = 1;

    /// <summary>Number of samples.</summary>
    protected int Samples => samples;

    /// <summary>Bytes of the state of so many samples; 0 where the kind of pruning remembers nothing.</summary>
    public static int BytesOf(DataPruningSpec spec, int samples) => spec.Kind switch
    {
        DataPruningSpec.Forgetting => HeadBytes + (samples * ForgettingState.BytesPerSample),
        DataPruningSpec.Stratified => HeadBytes + (samples * ScoreSumState.BytesPerSample),
        DataPruningSpec.SlidingWindow or DataPruningSpec.InfoBatch => HeadBytes + (samples * LossState.BytesPerSample),
        _ => 0,
    };

    /// <summary>The state as bytes.</summary>
    public byte[] Encode()
    {
        byte[] bytes = new byte[HeadBytes + (samples * bytesPerSample)];
        bytes[0] = kind;
        for (int i = 0; i < samples; i++)
            Write(i, bytes.AsSpan(HeadBytes + (i * bytesPerSample), bytesPerSample));
        return bytes;
    }

    /// <summary>Takes over what <see cref="Encode"/> gave.</summary>
    /// <exception cref="PruningStateException">The bytes are of another kind of pruning, or of another number of samples.</exception>
    public void Restore(ReadOnlySpan<byte> bytes)
    {
        int expected = HeadBytes + (samples * bytesPerSample);
        if (bytes.Length != expected || bytes[0] != kind)
        {
            throw new PruningStateException(
                $"What a client remembers of its {samples} samples takes {expected} bytes of kind {kind}; there are {bytes.Length}{(bytes.Length > 0 ? $" of kind {bytes[0]}" : "")}. "
                + "It is of another experiment: start anew in another folder.");
        }

        for (int i = 0; i < samples; i++)
            Read(i, bytes.Slice(HeadBytes + (i * bytesPerSample), bytesPerSample));
    }

    /// <summary>Writes what is remembered of one sample.</summary>
    protected abstract void Write(int sample, Span<byte> to);

    /// <summary>Reads what is remembered of one sample.</summary>
    protected abstract void Read(int sample, ReadOnlySpan<byte> from);

    /// <summary>The error of a number that is none of what is remembered.</summary>
    protected static PruningStateException Implausible(int sample, object value) =>
        new($"What a client remembers of its sample {sample} is {value}, which no training gives: the file was changed. Restore it, or start anew in another folder.");
}
