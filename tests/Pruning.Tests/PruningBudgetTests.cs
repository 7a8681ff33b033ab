using Xunit;

namespace Federated.Pruning.Tests;

public sealed class PruningBudgetTests
{
    [Theory]
    [InlineData(100, 0.5, 50)]
    [InlineData(100, 0.001, 1)]
    [InlineData(10, 0.25, 2)] // 2.5 goes to the even number
    [InlineData(10, 0.35, 4)] // 3.5 goes to the even number
    [InlineData(7, 1.0, 7)]
    [InlineData(0, 0.5, 0)]
    [InlineData(11_164_352, 0.01, 111_644)]
    public void Budget_IsTheRoundedShareAndAtLeastOne(int count, double density, int kept) => Assert.Equal(kept, PruningBudget.Of(count, density));

    [Theory]
    [InlineData(0)]
    [InlineData(-0.1)]
    [InlineData(1.0001)]
    [InlineData(double.NaN)]
    public void Budget_DensityOutsideItsRange_IsRefused(double density) => Assert.Throws<ArgumentOutOfRangeException>(() => PruningBudget.Of(10, density));
}
