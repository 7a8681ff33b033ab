using Federated.Engine.Randomness;

namespace Federated.Methods.Data;

/// <summary>The order in which a client goes through its samples: a fresh permutation per epoch, keyed, so that any epoch can be replayed anywhere without those before it.</summary>
public static class BatchOrder
{
    /// <summary>Writes the samples of one epoch in their random order.</summary>
    /// <param name="samples">The client's training samples.</param>
    /// <param name="order">Receives them, permuted; same length.</param>
    /// <param name="seed">The experiment's seed.</param>
    /// <param name="round">The round.</param>
    /// <param name="client">The client's number.</param>
    /// <param name="epoch">The epoch within the round, from 0.</param>
    public static void Fill(ReadOnlySpan<int> samples, Span<int> order, ulong seed, int round, int client, int epoch)
    {
        if (order.Length != samples.Length)
            throw new ArgumentException($"{samples.Length} samples do not fill an order of {order.Length}.", nameof(order));
        samples.CopyTo(order);
        new KeyedRandom(new RandomKey(seed, RandomPurpose.BatchOrder, round, client, epoch)).Shuffle(order);
    }

    /// <summary>Number of batches of an epoch; the last may be smaller, no sample is left out.</summary>
    public static int BatchCount(int samples, int batchSize)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(batchSize, 1);
        return (int)(((long)samples + batchSize - 1) / batchSize);
    }

    /// <summary>The samples of batch <paramref name="batch"/> (from 0) of an epoch's order.</summary>
    public static ReadOnlySpan<int> Batch(ReadOnlySpan<int> order, int batch, int batchSize)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)batch, (uint)BatchCount(order.Length, batchSize), nameof(batch));
        return order.Slice(batch * batchSize, Math.Min(batchSize, order.Length - (batch * batchSize)));
    }
}
