namespace Federated.Protocol.Payloads;

/// <summary>The largest batch that this end expects at a cut: what activations, labels and numbers of samples are held against before memory is given to them.</summary>
public sealed record ActivationLimits
{
    /// <summary>Limits of one end.</summary>
    /// <param name="samples">The most samples of a batch.</param>
    /// <param name="tokens">The most vectors of one sample.</param>
    /// <param name="features">The most values of one vector.</param>
    /// <exception cref="ArgumentOutOfRangeException">A limit is not positive, or a batch of all three would take 2 GiB or more.</exception>
    public ActivationLimits(int samples, int tokens, int features)
    {
        Largest = new ActivationShape(samples, tokens, features);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Largest.Count, int.MaxValue / sizeof(float), nameof(samples));
    }

    /// <summary>The shape of a batch that uses all three limits.</summary>
    public ActivationShape Largest { get; }
}
