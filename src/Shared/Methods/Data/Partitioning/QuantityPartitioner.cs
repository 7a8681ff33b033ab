using Federated.Engine.Numerics;
using Federated.Engine.Randomness;
using Federated.Pruning.Distributions;

namespace Federated.Methods.Data;

/// <summary>How the number of samples grows from client to client.</summary>
public enum QuantitySkew
{
    /// <summary>Client i (from 1) gets a share proportional to i.</summary>
    Linear,

    /// <summary>Client i gets a share proportional to i².</summary>
    Square,

    /// <summary>Client i gets a share proportional to eⁱ.</summary>
    Exponential,
}

/// <summary>
/// Quantity skew: all clients draw from the same distribution but hold different numbers of samples; client 0 the fewest, at least one. Sizes are rounded by largest
/// remainder, so that every sample is used.
/// </summary>
/// <param name="skew">How the number of samples grows from client to client.</param>
public sealed class QuantityPartitioner(QuantitySkew skew = QuantitySkew.Linear) : IPartitioner
{
    /// <inheritdoc/>
    public string Name => "quantity";

    /// <inheritdoc/>
    public int[][] Partition(ReadOnlySpan<int> labels, ReadOnlySpan<int> naturalIds, int clients, ulong seed)
    {
        int samples = labels.Length;
        Deal.RequireSamples(samples, clients);
        double[] weights = new double[clients];
        int[] minimum = new int[clients];
        int[] maximum = new int[clients];
        for (int i = 0; i < clients; i++)
        {
            weights[i] = Weight(i + 1, clients);
            minimum[i] = 1;
            maximum[i] = samples;
        }

        int[] sizes = Apportionment.Divide(samples, weights, minimum, maximum);
        return Deal.Cut(Deal.Shuffled(samples, new RandomKey(seed, RandomPurpose.Partition)), sizes);
    }

    // Relative to the last client, so that nothing overflows; what underflows is far under one sample and lifted to it.
    private double Weight(int i, int clients) => skew switch
    {
        QuantitySkew.Linear => i,
        QuantitySkew.Square => (double)i * i,
        QuantitySkew.Exponential => DeterministicMath.Exp(Math.Max(i - clients, -600)),
        _ => throw new ArgumentOutOfRangeException(nameof(i), skew, "Unknown skew."),
    };
}
