using FsCheck;
using FsCheck.Fluent;
using Federated.Engine.Parameters;
using Federated.Pruning.Selection;
using Xunit;

namespace Federated.Pruning.Tests.Selection;

public sealed class TopSelectionTests
{
    [Fact]
    public void ByScore_KeepsTheLargest() => Assert.Equal([1, 3], TopSelection.ByScore([-5f, 2f, 1f, 3f, 0f], 2).ToPositions());

    [Fact]
    public void ByMagnitude_KeepsTheLargestAbsolute() => Assert.Equal([0, 3], TopSelection.ByMagnitude([-5f, 2f, 1f, 3f, 0f], 2).ToPositions());

    [Fact]
    public void Ties_KeepTheLowerIndex() => Assert.Equal([0, 1, 3], TopSelection.ByScore([1f, 1f, 0f, 2f, 1f, 1f], 3).ToPositions());

    [Fact]
    public void NegativeZero_TiesWithZero() => Assert.Equal([0], TopSelection.ByScore([-0f, 0f], 1).ToPositions());

    [Fact]
    public void Infinities_AreOrderedAtTheEnds()
    {
        float[] scores = [0f, float.PositiveInfinity, float.NegativeInfinity, float.MaxValue, float.MinValue];
        Assert.Equal([1], TopSelection.ByScore(scores, 1).ToPositions());
        Assert.Equal([1, 3], TopSelection.ByScore(scores, 2).ToPositions());
        Assert.Equal([0, 1, 3, 4], TopSelection.ByScore(scores, 4).ToPositions());
    }

    [Fact]
    public void NaN_IsRefusedWithItsPosition()
    {
        ArgumentException error = Assert.Throws<ArgumentException>(() => TopSelection.ByScore([1f, float.NaN, 2f], 1));
        Assert.Contains("position 1", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(4)]
    public void CountOutsideItsRange_IsRefused(int count) => Assert.Throws<ArgumentOutOfRangeException>(() => TopSelection.ByScore([1f, 2f, 3f], count));

    [Fact]
    public void Selection_EqualsAStableSort()
    {
        // Few distinct values, so that ties are common; the seventh is tiny to reach the lowest bits of the key.
        Arbitrary<(int[], int)> cases =
            (from values in Gen.ListOf(Gen.Choose(-6, 6))
             from count in Gen.Choose(0, values.Count)
             select (values.ToArray(), count)).ToArbitrary();
        Check.QuickThrowOnFailure(Prop.ForAll(cases, static ((int[] Values, int Count) sample) =>
        {
            float[] scores = [.. sample.Values.Select(static v => v == 6 ? float.Epsilon : v == 5 ? 2 * float.Epsilon : v * 0.1f)];
            int[] byScore = [.. Enumerable.Range(0, scores.Length).OrderByDescending(i => scores[i]).Take(sample.Count).Order()];
            int[] byMagnitude = [.. Enumerable.Range(0, scores.Length).OrderByDescending(i => Math.Abs(scores[i])).Take(sample.Count).Order()];
            return TopSelection.ByScore(scores, sample.Count).ToPositions().SequenceEqual(byScore)
                && TopSelection.ByMagnitude(scores, sample.Count).ToPositions().SequenceEqual(byMagnitude);
        }));
    }

    [Fact]
    public void Selection_GrowsWithTheCount()
    {
        float[] scores = Layouts.Normal(1000, 3);
        BitSet previous = TopSelection.ByScore(scores, 0);
        for (int count = 1; count <= 1000; count += 37)
        {
            BitSet next = TopSelection.ByScore(scores, count);
            Assert.Equal(count, next.Count);
            Assert.Equal(0, previous.Except(next).Count);
            previous = next;
        }
    }
}
