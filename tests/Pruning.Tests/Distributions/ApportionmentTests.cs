using FsCheck;
using FsCheck.Fluent;
using Federated.Pruning.Distributions;
using Xunit;

namespace Federated.Pruning.Tests.Distributions;

public sealed class ApportionmentTests
{
    [Fact]
    public void LargestRemainder_GetsTheLastUnit() =>
        // Shares of 10: 4.1666, 3.3333, 2.5 – the half is the largest remainder.
        Assert.Equal([4, 3, 3], Apportionment.Divide(10, [5, 4, 3], [0, 0, 0], [99, 99, 99]));

    [Fact]
    public void EqualRemainders_GoToTheLowerIndex() => Assert.Equal([4, 3, 3], Apportionment.Divide(10, [1, 1, 1], [0, 0, 0], [9, 9, 9]));

    [Fact]
    public void Minimum_IsPaidByTheOthers() =>
        // The third takes 4 although 0.99 is its share; 6 are left for weights 60:40.
        Assert.Equal([4, 2, 4], Apportionment.Divide(10, [60, 40, 11], [0, 0, 4], [99, 99, 99]));

    [Fact]
    public void Maximum_IsHandedToTheOthers() => Assert.Equal([3, 14, 7], Apportionment.Divide(24, [8, 2, 1], [0, 0, 0], [3, 99, 99]));

    [Fact]
    public void TotalOutsideTheBounds_IsRefused()
    {
        Assert.Throws<ArgumentException>(static () => Apportionment.Divide(1, [1, 1], [1, 1], [5, 5]));
        Assert.Throws<ArgumentException>(static () => Apportionment.Divide(11, [1, 1], [1, 1], [5, 5]));
    }

    [Fact]
    public void Division_IsExactBoundedAndWithinOneOfTheShare()
    {
        Arbitrary<(int[] Weights, int[] Maximum, int Total)> cases =
            (from layers in Gen.Choose(1, 12)
             from weights in Gen.ArrayOf(Gen.Choose(1, 1000), layers)
             from maximum in Gen.ArrayOf(Gen.Choose(1, 300), layers)
             from total in Gen.Choose(layers, maximum.Sum())
             select (weights, maximum, total)).ToArbitrary();
        Check.QuickThrowOnFailure(Prop.ForAll(cases, static sample =>
        {
            double[] weights = [.. sample.Weights.Select(static w => w / 7.0)];
            int[] minimum = [.. sample.Weights.Select(static _ => 1)];
            int[] counts = Apportionment.Divide(sample.Total, weights, minimum, sample.Maximum);
            double factor = Apportionment.Factor(sample.Total, weights, minimum, sample.Maximum);
            return counts.Sum() == sample.Total
                && counts.Zip(sample.Maximum).All(static p => p.First >= 1 && p.First <= p.Second)
                && Enumerable.Range(0, counts.Length).All(i => Math.Abs(counts[i] - Math.Clamp(factor * weights[i], 1, sample.Maximum[i])) < 1 + 1e-9);
        }));
    }
}
