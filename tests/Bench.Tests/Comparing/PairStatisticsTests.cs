using Federated.Bench.Comparing;
using Xunit;

namespace Federated.Bench.Tests.Comparing;

public sealed class PairStatisticsTests
{
    [Fact]
    public void DividesMediansAndKeepsTheSpreadOfThePairs()
    {
        var pairs = new PairStatistics([10, 30, 20], [2, 3, 10]);
        Assert.Equal(20.0 / 3, pairs.RatioOfMedians, 12);
        Assert.Equal(2, pairs.Least);
        Assert.Equal(10, pairs.Greatest);
    }

    [Fact]
    public void NeedsAsManyOfTheOneAsOfTheOther()
    {
        Assert.Throws<ArgumentException>(() => new PairStatistics([1, 2], [1]));
        Assert.Throws<ArgumentException>(() => new PairStatistics([], []));
    }
}
