using Federated.Engine.Networks;
using Federated.Engine.Randomness;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace Federated.Engine.Tests.Parameters;

public sealed class TopGradientsTests
{
    [Fact]
    public void Offer_MoreThanCapacity_KeepsTheLargestMagnitudes()
    {
        var top = new TopGradients(2);
        top.Offer(5, 1f);
        top.Offer(3, -4f);
        top.Offer(9, 2f);
        top.Offer(1, 0.5f);
        (int[] indices, float[] values) = top.ToSorted();
        Assert.Equal([3, 9], indices);
        Assert.Equal([-4f, 2f], values);
    }

    [Fact]
    public void Offer_Ties_PrefersLowerIndices()
    {
        var top = new TopGradients(2);
        foreach (int index in (int[])[7, 2, 9, 4])
            top.Offer(index, index % 2 == 0 ? -1f : 1f);
        Assert.Equal([2, 4], top.ToSorted().Indices);
    }

    [Fact]
    public void Weakest_IsNeverAboveWhatIsKept_AndNaNIsKept()
    {
        var top = new TopGradients(3);
        for (int i = 0; i < 300; i++)
        {
            top.Offer(i, i % 2 == 0 ? i : -i);
            Assert.InRange(top.Weakest, 0, Math.Max(0, i - 2));
        }

        Assert.True(top.Weakest > 100);
        top.Offer(300, float.NaN);
        (int[] indices, float[] values) = top.ToSorted();
        Assert.Equal([298, 299, 300], indices);
        Assert.Equal([298, -299, float.NaN], values);
        Assert.Equal(float.PositiveInfinity, new TopGradients(0).Weakest);
    }

    [Fact]
    public void Capacity_ZeroOrNegative()
    {
        var none = new TopGradients(0);
        none.Offer(1, 1f);
        Assert.Equal(0, none.Count);
        Assert.Empty(none.ToSorted().Indices);
        Assert.Throws<ArgumentOutOfRangeException>(() => new TopGradients(-1));
    }

    [Fact]
    public void ToSorted_EqualsSortingEverything_InAnyOrderOfArrival()
        => Check.One(Config.QuickThrowOnFailure.WithMaxTest(500), Prop.ForAll(Gen.Choose(0, int.MaxValue).ToArbitrary(), static seed =>
        {
            var random = new KeyedRandom(new RandomKey((ulong)seed, RandomPurpose.Synthetic));
            int count = random.Next(400); // Up to several selections.
            int capacity = random.Next(30);
            // Few distinct magnitudes, so that most comparisons are ties.
            (int Index, float Value)[] all = new (int, float)[count];
            for (int i = 0; i < count; i++)
                all[i] = (i * 3, random.Next(7) - 3);
            random.Shuffle(all.AsSpan());

            var top = new TopGradients(capacity);
            foreach ((int index, float value) in all)
                top.Offer(index, value);

            (int Index, float Value)[] expected = [.. all.OrderByDescending(g => Math.Abs(g.Value)).ThenBy(g => g.Index).Take(capacity).OrderBy(g => g.Index)];
            (int[] indices, float[] values) = top.ToSorted();
            return indices.AsSpan().SequenceEqual(expected.Select(g => g.Index).ToArray()) && values.AsSpan().SequenceEqual(expected.Select(g => g.Value).ToArray());
        }));
}
