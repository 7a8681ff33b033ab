using Federated.Engine.Randomness;

namespace Federated.Methods.Data;

/// <summary>
/// The samples, sorted by label, are cut into clients × s shards of equal size, and each client gets s of them at random (McMahan et al. 2017, arXiv 1602.05629,
/// with s = 2): most clients see at most s classes or s + 1.
/// </summary>
public sealed class ShardPartitioner : IPartitioner
{
    private readonly int shardsPerClient;

    /// <summary>A partition with <paramref name="shardsPerClient"/> ≥ 1 shards per client.</summary>
    public ShardPartitioner(int shardsPerClient = 2)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(shardsPerClient, 1);
        this.shardsPerClient = shardsPerClient;
    }

    /// <inheritdoc/>
    public string Name => "shards";

    /// <inheritdoc/>
    public int[][] Partition(ReadOnlySpan<int> labels, ReadOnlySpan<int> naturalIds, int clients, ulong seed)
    {
        Deal.RequireSamples(labels.Length, clients);
        long wanted = (long)clients * shardsPerClient;
        if (wanted > labels.Length)
        {
            throw new PartitionException(
                $"{labels.Length} samples cannot be cut into {clients} × {shardsPerClient} shards: use at most {labels.Length / clients} shards per client.");
        }

        int shards = (int)wanted;
        int[] row = [.. Deal.ByLabel(labels).SelectMany(static samples => samples)];
        int[] starts = new int[shards + 1];
        for (int i = 0; i < shards; i++)
            starts[i + 1] = starts[i] + Deal.EqualPart(row.Length, shards, i);
        int[] order = Deal.Shuffled(shards, new RandomKey(seed, RandomPurpose.Partition));
        List<int>[] lists = Deal.EmptyLists(clients);
        for (int i = 0; i < shards; i++)
            lists[i / shardsPerClient].AddRange(row.AsSpan(starts[order[i]]..starts[order[i] + 1]));
        return Deal.Sorted(lists);
    }
}
