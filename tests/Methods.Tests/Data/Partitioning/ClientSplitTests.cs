using Federated.Methods.Data;
using Xunit;

namespace Federated.Methods.Tests.Data.Partitioning;

public sealed class ClientSplitTests
{
    [Theory]
    [InlineData(100, 0.1, 10)]
    [InlineData(15, 0.1, 2)]
    [InlineData(3, 0.01, 1)]
    [InlineData(2, 0.9, 1)]
    [InlineData(1, 0.5, 0)]
    [InlineData(0, 0.5, 0)]
    [InlineData(10, 0, 0)]
    public void Split_KeepsTheRoundedShareAside_AndLosesNothing(int samples, double fraction, int aside)
    {
        int[] all = [.. Enumerable.Range(0, samples).Select(static i => 3 * i)];
        ClientSplit split = ClientSplit.Of(all, fraction, seed: 1, client: 2);
        Assert.Equal(aside, split.Development.Length);
        Assert.Equal(all, split.Development.Concat(split.Training).Order());
        Assert.Equal(split.Training.Order(), split.Training);
        Assert.Equal(split.Development.Order(), split.Development);
    }

    [Fact]
    public void Split_IsKeyedBySeedAndClient()
    {
        int[] all = [.. Enumerable.Range(0, 100)];
        Assert.Equal(ClientSplit.Of(all, 0.3, 1, 2).Development, ClientSplit.Of(all, 0.3, 1, 2).Development);
        Assert.NotEqual(ClientSplit.Of(all, 0.3, 1, 2).Development, ClientSplit.Of(all, 0.3, 1, 3).Development);
        Assert.NotEqual(ClientSplit.Of(all, 0.3, 1, 2).Development, ClientSplit.Of(all, 0.3, 2, 2).Development);
    }

    [Theory]
    [InlineData(-0.1)]
    [InlineData(1)]
    [InlineData(double.NaN)]
    public void FractionOutsideItsRange_IsRefused(double fraction) => Assert.Throws<ArgumentOutOfRangeException>(() => ClientSplit.Of([1, 2], fraction, 1, 1));

    [Fact]
    public void Histogram_ByHand()
    {
        ClassHistogram histogram = ClassHistogram.Of([2, 0, 2, 1, 2], [0, 2, 3], 4);
        Assert.Equal([0, 1, 2, 0], histogram.Counts.ToArray());
        Assert.Equal(3, histogram.Total);
        Assert.Equal(2, histogram.ClassesPresent);
    }
}
