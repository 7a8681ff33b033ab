namespace Federated.Methods.Data;

/// <summary>Spreads samples over clients. The same arguments give the same lists on any machine.</summary>
public interface IPartitioner
{
    /// <summary>Name in experiment files and reports.</summary>
    string Name { get; }

    /// <summary>
    /// For each client its samples (positions in <paramref name="labels"/>), ascending; at least one each, and no sample twice.
    /// Every sample goes to some client unless the partitioner says otherwise.
    /// </summary>
    /// <param name="labels">One label per sample, at least 0.</param>
    /// <param name="naturalIds">One group per sample, at least 0, or empty where the set has none.</param>
    /// <param name="clients">Number of clients, at least 1.</param>
    /// <param name="seed">The experiment's seed.</param>
    /// <exception cref="PartitionException">The samples cannot be spread like this; the message names the nearest choice that works.</exception>
    int[][] Partition(ReadOnlySpan<int> labels, ReadOnlySpan<int> naturalIds, int clients, ulong seed);
}
