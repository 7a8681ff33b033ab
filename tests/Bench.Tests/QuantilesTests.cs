using Xunit;

namespace Federated.Bench.Tests;

public sealed class QuantilesTests
{
    [Theory]
    [InlineData(0, 1)]
    [InlineData(0.25, 1.75)]
    [InlineData(0.5, 2.5)]
    [InlineData(0.75, 4.75)]
    [InlineData(1, 10)]
    public void AreLinearBetweenNeighbours(double share, double expected) => Assert.Equal(expected, Quantiles.Of([1, 2, 3, 10], share), 12);

    [Fact]
    public void OneValueIsAllItsQuantiles() => Assert.Equal(7, Quantiles.Of([7], 0.25));

    [Fact]
    public void MedianSorts() => Assert.Equal(3, Quantiles.Median([9, 1, 3]));
}
