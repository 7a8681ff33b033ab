using Federated.Methods.Data;
using Xunit;

namespace Federated.Methods.Tests.Data.Preparation;

public sealed class BatchOrderTests
{
    private static readonly int[] Samples = [.. Enumerable.Range(0, 50).Select(static i => 10 + (2 * i))];

    [Fact]
    public void Order_IsAPermutation_KeyedByRoundClientAndEpoch()
    {
        int[] order = Fill(1, 2, 3, 4);
        Assert.Equal(Samples, order.Order());
        Assert.NotEqual(Samples, order);
        Assert.Equal(order, Fill(1, 2, 3, 4));
        Assert.NotEqual(order, Fill(0, 2, 3, 4));
        Assert.NotEqual(order, Fill(1, 0, 3, 4));
        Assert.NotEqual(order, Fill(1, 2, 0, 4));
        Assert.NotEqual(order, Fill(1, 2, 3, 0));
    }

    [Fact]
    public void Batches_CoverTheOrder_TheLastMayBeSmaller()
    {
        int[] order = Fill(1, 2, 3, 4);
        Assert.Equal(4, BatchOrder.BatchCount(order.Length, 16));
        int[] joined = [.. Enumerable.Range(0, 4).SelectMany(b => BatchOrder.Batch(order, b, 16).ToArray())];
        Assert.Equal(order, joined);
        Assert.Equal(2, BatchOrder.Batch(order, 3, 16).Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => BatchOrder.Batch(order, 4, 16).Length);
        Assert.Equal(0, BatchOrder.BatchCount(0, 16));
    }

    private static int[] Fill(ulong seed, int round, int client, int epoch)
    {
        int[] order = new int[Samples.Length];
        BatchOrder.Fill(Samples, order, seed, round, client, epoch);
        return order;
    }
}
