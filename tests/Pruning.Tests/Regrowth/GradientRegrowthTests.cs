using Federated.Engine.Parameters;
using Federated.Pruning.Regrowth;
using Xunit;

namespace Federated.Pruning.Tests.Regrowth;

public sealed class GradientRegrowthTests
{
    private static readonly BitSet Kept = BitSet.FromPositions(8, [0, 3]);

    [Fact]
    public void LargestMagnitudes_Grow() => Assert.Equal([2, 7], new GradientRegrowth().Choose(Kept, [1, 2, 5, 7], [0.1f, -0.5f, 0.2f, 0.4f], 2));

    [Fact]
    public void Ties_GrowTheLowerPosition() => Assert.Equal([2, 5], new GradientRegrowth().Choose(Kept, [1, 2, 5, 7], [0.1f, -0.5f, 0.5f, 0.5f], 2));

    [Fact]
    public void FewerCandidatesThanAsked_AllGrow() => Assert.Equal([1], new GradientRegrowth().Choose(Kept, [1], [0f], 5));

    [Fact]
    public void NoRegrowth_GrowsNothing() => Assert.Empty(new NoRegrowth().Choose(Kept, [1], [1f], 1));

    [Theory]
    [InlineData(3)]
    [InlineData(8)]
    [InlineData(-1)]
    public void CandidateThatIsKeptOrOutside_IsRefused(int candidate) =>
        Assert.Throws<ArgumentException>(() => new GradientRegrowth().Choose(Kept, [candidate], [1f], 1));

    [Fact]
    public void CandidatesOutOfOrder_OrNaN_OrOfADenseTensor_AreRefused()
    {
        Assert.Throws<ArgumentException>(static () => new GradientRegrowth().Choose(Kept, [2, 1], [1f, 1f], 1));
        Assert.Throws<ArgumentException>(static () => new GradientRegrowth().Choose(Kept, [1, 2], [1f, float.NaN], 1));
        Assert.Throws<ArgumentException>(static () => new GradientRegrowth().Choose(Kept, [1, 2], [1f], 1));
        Assert.Throws<ArgumentException>(static () => new GradientRegrowth().Choose(null, [1], [1f], 1));
    }
}
