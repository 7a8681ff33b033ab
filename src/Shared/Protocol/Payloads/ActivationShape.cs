namespace Federated.Protocol.Payloads;

/// <summary>
/// The shape of a batch of activations: every sample has as many vectors as there are tokens, every vector as many values as there are features.
/// Values are row-major: [sample][token][feature].
/// </summary>
public readonly record struct ActivationShape
{
    /// <summary>A batch of these counts, each at least 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A count is not positive.</exception>
    /// <exception cref="OverflowException">There are 2^31 values or more.</exception>
    public ActivationShape(int samples, int tokens, int features)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(samples);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(tokens);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(features);
        Samples = samples;
        Tokens = tokens;
        Features = features;
        Count = checked(samples * tokens * features);
    }

    /// <summary>Samples of the batch.</summary>
    public int Samples { get; }

    /// <summary>Vectors of one sample.</summary>
    public int Tokens { get; }

    /// <summary>Values of one vector.</summary>
    public int Features { get; }

    /// <summary>Vectors of the batch.</summary>
    public int Vectors => Samples * Tokens;

    /// <summary>Values of the batch.</summary>
    public int Count { get; }

    /// <inheritdoc/>
    public override string ToString() => $"{Samples}×{Tokens}×{Features}";

    /// <summary>Bytes of <see cref="Write"/>.</summary>
    internal int HeaderBytes => PartWriter.NumberBytes(Samples) + PartWriter.NumberBytes(Tokens) + PartWriter.NumberBytes(Features);

    /// <summary>Reads the three counts and checks each against the limits.</summary>
    internal static ActivationShape Read(ref PartReader reader, ActivationLimits limits)
    {
        int samples = reader.ReadCount(limits.Largest.Samples, "number of samples");
        int tokens = reader.ReadCount(limits.Largest.Tokens, "number of tokens");
        return new ActivationShape(samples, tokens, reader.ReadCount(limits.Largest.Features, "number of features"));
    }

    internal void Write(ref PartWriter writer)
    {
        writer.WriteNumber(Samples);
        writer.WriteNumber(Tokens);
        writer.WriteNumber(Features);
    }
}
