using Federated.Engine.Randomness;

namespace Federated.Methods.Data;

/// <summary>Every client draws from the same distribution: samples are shuffled and dealt out in equal numbers; the first clients get one more where they do not divide.</summary>
public sealed class IidPartitioner : IPartitioner
{
    /// <inheritdoc/>
    public string Name => "iid";

    /// <inheritdoc/>
    public int[][] Partition(ReadOnlySpan<int> labels, ReadOnlySpan<int> naturalIds, int clients, ulong seed)
    {
        int samples = labels.Length;
        Deal.RequireSamples(samples, clients);
        int[] sizes = new int[clients];
        for (int i = 0; i < clients; i++)
            sizes[i] = Deal.EqualPart(samples, clients, i);
        return Deal.Cut(Deal.Shuffled(samples, new RandomKey(seed, RandomPurpose.Partition)), sizes);
    }
}
