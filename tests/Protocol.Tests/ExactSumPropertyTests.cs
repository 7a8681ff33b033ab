using System.Numerics;
using Federated.Engine.Randomness;
using Federated.Protocol.Aggregation;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace Federated.Protocol.Tests;

public sealed class ExactSumPropertyTests
{
    /// <summary>Any finite float32 by its bits: all exponents and subnormals alike; half of them near 1, where nothing spills.</summary>
    private static readonly Gen<float> Floats =
        from sign in Gen.Choose(0, 1)
        from exponent in Gen.OneOf(Gen.Choose(0, 254), Gen.Choose(100, 130))
        from mantissa in Gen.OneOf(Gen.Choose(0, 0x7FFFFF), Gen.Elements(0, 1, 0x400000, 0x7FFFFF))
        select BitConverter.Int32BitsToSingle((sign << 31) | (exponent << 23) | mantissa);

    private static readonly Gen<long> Weights = Gen.OneOf(Gen.Choose(1, 1000), Gen.Choose(1, int.MaxValue), Gen.Constant(int.MaxValue)).Select(w => (long)w);

    private static readonly Gen<Contribution> Contributions =
        from values in Floats.ArrayOf(4)
        from weight in Weights
        select new Contribution(values, weight);

    [Fact]
    public void Any_order_and_any_grouping_give_the_same_bits() => Properties.Check(
        Contributions.NonEmptyListOf().Zip(Gen.Choose(0, int.MaxValue)),
        pair =>
        {
            (IList<Contribution> contributions, int seed) = pair;
            var random = new KeyedRandom(new RandomKey((ulong)seed, RandomPurpose.Synthetic));
            Contribution[] shuffled = [.. contributions];
            random.Shuffle(shuffled.AsSpan());
            ExactSum[] nodes = [new(4), new(4), new(4)];
            foreach (Contribution contribution in shuffled)
                nodes[random.Next(3)].Add(contribution.Values, contribution.Weight);
            nodes[2].Merge(nodes[0]);
            nodes[2].Merge(nodes[1]);
            ExactSum straight = Sum(contributions);
            return nodes[2].TotalWeight == straight.TotalWeight
                && Bits(nodes[2].Mean()).SequenceEqual(Bits(straight.Mean()))
                && nodes[2].MeanDouble().SequenceEqual(straight.MeanDouble());
        },
        tests: 1000);

    [Fact]
    public void The_sum_is_exact_and_the_mean_rounded_once() => Properties.Check(
        Contributions.NonEmptyListOf(),
        contributions =>
        {
            ExactSum sum = Sum(contributions);
            for (int i = 0; i < 4; i++)
            {
                BigInteger expected = 0;
                foreach (Contribution contribution in contributions)
                    expected += Units(contribution.Values[i]) * contribution.Weight;
                if (sum.Total(i) != expected || !IsNearest(sum.Mean()[i], expected, sum.TotalWeight))
                    return false;
            }

            return true;
        },
        tests: 1000);

    [Fact]
    public void Cancellation_leaves_nothing() => Properties.Check(
        Contributions.NonEmptyListOf(),
        contributions =>
        {
            ExactSum sum = Sum(contributions);
            foreach (Contribution contribution in contributions)
                sum.Add([.. contribution.Values.Select(v => -v)], contribution.Weight);
            return sum.Mean().All(v => BitConverter.SingleToInt32Bits(v) == 0);
        });

    [Fact]
    public void Values_at_some_coordinates_count_like_a_vector_with_zeros_elsewhere() => Properties.Check(
        Contributions,
        contribution =>
        {
            var dense = new ExactSum(9);
            dense.Add([0, contribution.Values[0], 0, 0, contribution.Values[1], contribution.Values[2], 0, 0, contribution.Values[3]], contribution.Weight);
            var sparse = new ExactSum(9);
            sparse.AddAt([1, 4, 5, 8], contribution.Values, contribution.Weight);
            return Bits(dense.Mean()).SequenceEqual(Bits(sparse.Mean())) && dense.TotalWeight == sparse.TotalWeight;
        });

    [Fact]
    public void Sums_past_128_bits_stay_exact()
    {
        // 2^14 · (2^31 − 1) in units of 2^-80 is just under 2^125; the fifth overflows 128 bits with their sign.
        var sum = new ExactSum(1);
        for (int i = 0; i < 100; i++)
            sum.Add([16384], int.MaxValue);

        Assert.Equal(16384, sum.Mean()[0]);
        Assert.Equal(((BigInteger)16384 * int.MaxValue * 100) << 149, sum.Total(0));
        Assert.Equal(1, sum.SpilledCoordinates);
    }

    [Fact]
    public void A_tie_goes_to_the_even_neighbour()
    {
        // 1 and 1 + 2^-23 are neighbours; so are 1 + 2^-23 and 1 + 2^-22.
        var lower = new ExactSum(2);
        lower.Add([1, 1 + (1 / 8388608f)], 1);
        lower.Add([1 + (1 / 8388608f), 1 + (2 / 8388608f)], 1);

        Assert.Equal([1, 1 + (2 / 8388608f)], lower.Mean());
    }

    [Fact]
    public void Scalars_give_the_same_bits_in_any_order() => Properties.Check(
        (from bits in ArbMap.Default.GeneratorFor<long>()
         let value = BitConverter.Int64BitsToDouble(bits)
         from weight in Weights
         select (Value: double.IsFinite(value) ? value : bits, Weight: weight)).NonEmptyListOf(),
        contributions =>
        {
            var forward = new ExactScalarSum();
            var backward = new ExactScalarSum();
            var half = new ExactScalarSum();
            foreach ((double value, long weight) in contributions)
                forward.Add(value, weight);
            foreach ((double value, long weight) in Enumerable.Reverse(contributions))
                (half.TotalWeight > backward.TotalWeight ? backward : half).Add(value, weight);
            half.Merge(backward);
            return forward.Mean().Equals(half.Mean());
        });

    [Fact]
    public void Mean_of_scalars_is_the_rounded_quotient()
    {
        var sum = new ExactScalarSum();
        sum.Add(1e300, 1);
        sum.Add(0.1, 10);
        sum.Add(-1e300, 1);

        // The double nearest 0.1 is 5.6e-18 above it, so ten of them over 12 lie 4.6e-18 above 1/12, and the double nearest 1/12 lies 4.6e-18 below:
        // the distance 9.2e-18 is over half the spacing of 1.4e-17, and the next double is nearer. Adding in doubles would give 0, or 1/12.
        Assert.Equal(double.BitIncrement(1 / 12.0), sum.Mean());
        Assert.Throws<NonFiniteContributionException>(() => sum.Add(double.NaN, 1));
    }

    [Fact]
    public void Arguments_that_do_not_fit_are_refused()
    {
        var sum = new ExactSum(2);

        Assert.Throws<ArgumentException>(() => sum.Add([1], 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => sum.Add([1, 2], 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => sum.Add([1, 2], 1L << 31));
        Assert.Throws<ArgumentOutOfRangeException>(() => sum.AddAt([2], [1], 1));
        Assert.Throws<ArgumentException>(() => sum.Merge(new ExactSum(3)));
        Assert.Throws<InvalidOperationException>(() => sum.Mean());
    }

    private static ExactSum Sum(IEnumerable<Contribution> contributions)
    {
        var sum = new ExactSum(4);
        foreach (Contribution contribution in contributions)
            sum.Add(contribution.Values, contribution.Weight);
        return sum;
    }

    private static int[] Bits(float[] values) => [.. values.Select(BitConverter.SingleToInt32Bits)];

    /// <summary>A float in units of 2^-149, from its fields.</summary>
    private static BigInteger Units(float value)
    {
        int bits = BitConverter.SingleToInt32Bits(value);
        int exponent = bits >> 23 & 0xFF;
        BigInteger magnitude = exponent == 0 ? bits & 0x7FFFFF : (BigInteger)((bits & 0x7FFFFF) | 0x800000) << (exponent - 1);
        return bits < 0 ? -magnitude : magnitude;
    }

    /// <summary>Whether no neighbour of the mean is nearer to total/weight, and an equally near one has an odd mantissa.</summary>
    private static bool IsNearest(float mean, BigInteger total, long weight)
    {
        BigInteger distance = BigInteger.Abs(total - (Units(mean) * weight));
        foreach (float neighbour in new[] { float.BitIncrement(mean), float.BitDecrement(mean) })
        {
            if (!float.IsFinite(neighbour))
                continue;
            BigInteger other = BigInteger.Abs(total - (Units(neighbour) * weight));
            if (other < distance || (other == distance && (BitConverter.SingleToInt32Bits(mean) & 1) != 0))
                return false;
        }

        return true;
    }

    private sealed record Contribution(float[] Values, long Weight);
}
