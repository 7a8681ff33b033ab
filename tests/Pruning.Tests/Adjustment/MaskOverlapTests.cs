using Federated.Engine.Parameters;
using Federated.Pruning.Adjustment;
using Xunit;

namespace Federated.Pruning.Tests.Adjustment;

public sealed class MaskOverlapTests
{
    private static readonly ParameterLayout Layout = Layouts.Of([1, 8], [1, 4]);

    [Fact]
    public void Overlap_CountsByHand()
    {
        var first = new Mask(Layout, [BitSet.FromPositions(8, [0, 1, 2, 3]), null]);
        var second = new Mask(Layout, [BitSet.FromPositions(8, [2, 3, 4]), BitSet.FromPositions(4, [0])]);
        MaskOverlap overlap = MaskOverlap.Of(first, second);
        Assert.Equal(new MaskOverlap(3, 5, 1), overlap);
        Assert.Equal(3.0 / 9, overlap.IntersectionOverUnion, 1e-15);
        Assert.Equal(5.0 / 8, overlap.Churn, 1e-15);
        Assert.Equal(new MaskOverlap(2, 2, 1), MaskOverlap.OfTensor(first, second, 0));
        Assert.Equal(new MaskOverlap(1, 3, 0), MaskOverlap.OfTensor(first, second, 1));
    }

    [Fact]
    public void SameMask_OverlapsWholly()
    {
        Mask dense = Mask.Dense(Layout);
        MaskOverlap overlap = MaskOverlap.Of(dense, dense);
        Assert.Equal(1, overlap.IntersectionOverUnion);
        Assert.Equal(0, overlap.Churn);
    }

    [Fact]
    public void DifferentShapes_AreRefused() =>
        Assert.Throws<ArgumentException>(static () => MaskOverlap.Of(Mask.Dense(Layout), Mask.Dense(Layouts.Of([1, 8]))));
}
