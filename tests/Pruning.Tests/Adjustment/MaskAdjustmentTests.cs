using FsCheck;
using FsCheck.Fluent;
using Federated.Engine.Parameters;
using Federated.Pruning.Adjustment;
using Federated.Pruning.Selection;
using Xunit;

namespace Federated.Pruning.Tests.Adjustment;

public sealed class MaskAdjustmentTests
{
    private static readonly ParameterLayout Layout = Layouts.Of([2, 4], [1, 4]);
    private static readonly Mask Before = new(Layout, [BitSet.FromPositions(8, [0, 2, 5, 6]), BitSet.FromPositions(4, [1, 2])]);
    private static readonly float[] Compact = [0.5f, -0.1f, 0.3f, 0.1f, 1f, 2f];

    [Fact]
    public void SmallestGo_GrownComeAtZero_OthersStay()
    {
        MaskAdjustment adjustment = MaskAdjustment.Adjust(Before, Compact, [new TensorChange(0, [1, 7], 2)]);
        // |−0.1| and 0.1 are the smallest, at positions 2 and 6.
        Assert.Equal([2, 6], adjustment.Changes[0].Dropped);
        Assert.Equal([1, 7], adjustment.Changes[0].Grown);
        Assert.Equal([0, 1, 5, 7], adjustment.After[0]!.ToPositions());
        Assert.Equal(Before[1], adjustment.After[1]);
        Assert.Equal([0.5f, 0f, 0.3f, 0f, 1f, 2f], Before.Transfer(Compact, adjustment.After));
    }

    [Fact]
    public void TiedMagnitudes_DropTheHigherPosition()
    {
        MaskAdjustment adjustment = MaskAdjustment.Adjust(Before, Compact, [new TensorChange(0, [1], 1)]);
        Assert.Equal([6], adjustment.Changes[0].Dropped);
    }

    [Fact]
    public void SeveralTensors_AreAdjustedOnTheSameValues()
    {
        MaskAdjustment adjustment = MaskAdjustment.Adjust(Before, Compact, [new TensorChange(1, [0], 1), new TensorChange(0, [3], 1)]);
        Assert.Equal([0, 2], adjustment.After[1]!.ToPositions());
        Assert.Equal([0, 2, 3, 5], adjustment.After[0]!.ToPositions());
        Assert.Equal(Before.Count, adjustment.After.Count);
    }

    [Fact]
    public void DenseTensor_CanOnlyDrop()
    {
        Mask dense = Mask.Dense(Layout);
        float[] values = [1, 2, 3, 4, 5, 6, 7, 8, 1, 1, 1, 1];
        MaskAdjustment adjustment = MaskAdjustment.Adjust(dense, values, [new TensorChange(0, [], 3)]);
        Assert.Equal([3, 4, 5, 6, 7], adjustment.After[0]!.ToPositions());
        Assert.Throws<ArgumentException>(() => MaskAdjustment.Adjust(dense, values, [new TensorChange(0, [1], 1)]));
    }

    [Fact]
    public void ImpossibleChanges_AreRefused()
    {
        Assert.Throws<ArgumentException>(static () => MaskAdjustment.Adjust(Before, Compact, [new TensorChange(0, [0], 1)]));
        Assert.Throws<ArgumentException>(static () => MaskAdjustment.Adjust(Before, Compact, [new TensorChange(0, [7, 1], 1)]));
        Assert.Throws<ArgumentException>(static () => MaskAdjustment.Adjust(Before, Compact, [new TensorChange(0, [8], 1)]));
        Assert.Throws<ArgumentException>(static () => MaskAdjustment.Adjust(Before, Compact, [new TensorChange(0, [1], 5)]));
        Assert.Throws<ArgumentException>(static () => MaskAdjustment.Adjust(Before, Compact, [new TensorChange(0, [], 4)]));
        Assert.Throws<ArgumentException>(static () => MaskAdjustment.Adjust(Before, Compact, [new TensorChange(2, [1], 1)]));
        Assert.Throws<ArgumentException>(static () => MaskAdjustment.Adjust(Before, Compact, [new TensorChange(0, [1], 1), new TensorChange(0, [1], 1)]));
        Assert.Throws<ArgumentException>(static () => MaskAdjustment.Adjust(Before, Compact[1..], [new TensorChange(0, [1], 1)]));
    }

    [Theory]
    [InlineData(0.3, 1)] // 4 · 0.3 = 1.2
    [InlineData(0.1, 0)]
    [InlineData(1, 4)]
    public void ExchangeCount_IsTheRoundedShare(double fraction, int count) => Assert.Equal(count, MaskAdjustment.ExchangeCount(Before, 0, fraction));

    [Fact]
    public void ExchangeCount_IsBoundedByWhatIsPruned()
    {
        var mask = new Mask(Layout, [BitSet.FromPositions(8, [0, 1, 2, 3, 4, 5, 6]), null]);
        Assert.Equal(1, MaskAdjustment.ExchangeCount(mask, 0, 0.5));
        Assert.Equal(0, MaskAdjustment.ExchangeCount(mask, 1, 0.5));
    }

    [Fact]
    public void EqualGrowthAndDrop_KeepTheDensityAndTheOverlapAddsUp()
    {
        Arbitrary<(int Kept, int Exchange, int Seed)> cases =
            (from kept in Gen.Choose(1, 199)
             from exchange in Gen.Choose(0, Math.Min(kept, 200 - kept))
             from seed in Gen.Choose(0, 10_000)
             select (kept, exchange, seed)).ToArbitrary();
        Check.QuickThrowOnFailure(Prop.ForAll(cases, static sample =>
        {
            ParameterLayout layout = Layouts.Of([10, 20]);
            BitSet kept = TopSelection.ByScore(Layouts.Normal(200, (ulong)sample.Seed), sample.Kept);
            var before = new Mask(layout, [kept]);
            float[] values = Layouts.Normal(before.Count, (ulong)sample.Seed + 1);
            int[] grown = BitSet.Full(200).Except(kept).ToPositions()[..sample.Exchange];
            MaskAdjustment adjustment = MaskAdjustment.Adjust(before, values, [new TensorChange(0, grown, sample.Exchange)]);
            MaskOverlap overlap = MaskOverlap.Of(before, adjustment.After);
            float[] moved = before.Transfer(values, adjustment.After);
            float weakestStaying = moved.Where(static v => v != 0).Select(Math.Abs).DefaultIfEmpty(float.MaxValue).Min();
            float[] dense = new float[200];
            before.Scatter(values, dense);
            return adjustment.After.Count == sample.Kept
                && overlap.OnlyFirst == sample.Exchange && overlap.OnlySecond == sample.Exchange
                && adjustment.Changes[0].Dropped.All(p => Math.Abs(dense[p]) <= weakestStaying);
        }));
    }
}
