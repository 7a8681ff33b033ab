using Federated.Engine.Randomness;

namespace Federated.Methods.Data;

/// <summary>
/// By the groups that the samples came in (writer, device, superclass): a group is never divided. With as many clients as groups, client i is the i-th group; with
/// fewer, shuffled groups are dealt out in turn.
/// </summary>
public sealed class NaturalPartitioner : IPartitioner
{
    /// <inheritdoc/>
    public string Name => "natural";

    /// <inheritdoc/>
    public int[][] Partition(ReadOnlySpan<int> labels, ReadOnlySpan<int> naturalIds, int clients, ulong seed)
    {
        Deal.RequireSamples(labels.Length, clients);
        if (naturalIds.IsEmpty)
            throw new PartitionException("The data set does not say which group a sample came from: use another partition, for example dirichlet.");
        if (naturalIds.Length != labels.Length)
            throw new ArgumentException($"{labels.Length} samples come with {naturalIds.Length} groups.", nameof(naturalIds));
        // Groups are numbered in the order of their identifiers, which need not be dense.
        int[] identifiers = naturalIds.ToArray();
        Array.Sort(identifiers);
        identifiers = [.. identifiers.Distinct()];
        if (clients > identifiers.Length)
            throw new PartitionException($"The data set has {identifiers.Length} groups, too few for {clients} clients: use at most {identifiers.Length} clients.");
        int[] clientOfGroup = [.. Enumerable.Range(0, identifiers.Length)];
        if (clients < identifiers.Length)
        {
            int[] order = Deal.Shuffled(identifiers.Length, new RandomKey(seed, RandomPurpose.Partition));
            for (int i = 0; i < order.Length; i++)
                clientOfGroup[order[i]] = i % clients;
        }

        List<int>[] lists = Deal.EmptyLists(clients);
        for (int i = 0; i < naturalIds.Length; i++)
            lists[clientOfGroup[Array.BinarySearch(identifiers, naturalIds[i])]].Add(i);
        return Deal.Sorted(lists);
    }
}
