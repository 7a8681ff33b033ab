using System.Numerics;
using Federated.Engine.Kernels;
using Federated.Engine.Randomness;
using Federated.Protocol.Aggregation;
using Xunit;

namespace Federated.Protocol.Tests;

/// <summary>Many contributions at once, at every vector width, against sums of unbounded integers.</summary>
public sealed class ExactSumManyTests
{
    /// <summary>What the values of a contribution are like.</summary>
    public enum Kind
    {
        /// <summary>Like weights of a network: all are added in doubles.</summary>
        Common,

        /// <summary>Any finite float32, by its bits.</summary>
        Wild,

        /// <summary>Like weights, one in a hundred wild.</summary>
        Mixed,

        /// <summary>The largest that are added in doubles, all of one sign, with the heaviest weights: accumulators at their bounds.</summary>
        Bound,

        /// <summary>The smallest that are added in doubles and what is next to them.</summary>
        Tiny,
    }

    public static TheoryData<VectorWidth, Kind> Cases
    {
        get
        {
            var cases = new TheoryData<VectorWidth, Kind>();
            foreach (VectorWidth width in Enum.GetValues<VectorWidth>())
            {
                foreach (Kind kind in Enum.GetValues<Kind>())
                    cases.Add(width, kind);
            }

            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void The_sum_is_that_of_unbounded_integers(VectorWidth width, Kind kind)
    {
        var random = new KeyedRandom(new RandomKey(11, RandomPurpose.Synthetic, Client: (int)kind));
        foreach (int length in (int[])[1, 15, 16, 17, 100, 600, 4096, 4107, 8300])
        {
            foreach (int count in (int[])[1, 3, 4, 5, 63, 64, 65, 150])
            {
                if ((long)length * count > 42_000)
                    continue;
                Contribution[] contributions = Draw(kind, length, count, ref random);
                var sum = new ExactSum(length, width);
                sum.AddMany(contributions, workers: 1 + random.Next(3));
                AssertTotals(contributions, sum);

                var oneByOne = new ExactSum(length, width);
                foreach (Contribution contribution in contributions)
                    oneByOne.Add(contribution.Values.Span, contribution.Weight);
                AssertTotals(contributions, oneByOne);
                Assert.Equal(Bits(oneByOne.Mean()), Bits(sum.Mean()));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void The_mean_is_the_quotient_of_integers_rounded_once(VectorWidth width, Kind kind)
    {
        var random = new KeyedRandom(new RandomKey(12, RandomPurpose.Synthetic, Client: (int)kind));
        for (int count = 1; count < 6; count++)
        {
            Contribution[] contributions = Draw(kind, 1000, count, ref random);
            var sum = new ExactSum(1000, width);
            sum.AddMany(contributions);
            float[] mean = sum.Mean();
            for (int i = 0; i < mean.Length; i++)
            {
                double expected = ExactRounding.Quotient(sum.Total(i), (ulong)sum.TotalWeight, 149, ExactRounding.Single);
                Assert.Equal(BitConverter.SingleToInt32Bits((float)expected), BitConverter.SingleToInt32Bits(mean[i]));
            }
        }
    }

    [Theory]
    [InlineData(VectorWidth.V128)]
    [InlineData(VectorWidth.V256)]
    [InlineData(VectorWidth.V512)]
    public void Ties_go_to_the_even_neighbour_in_every_lane(VectorWidth width)
    {
        // Two neighbours of weight 1 each: the mean lies in the middle; the even one of the two has an even last bit.
        int[] lower = [.. Enumerable.Range(0, 40).Select(i => 0x3F800000 + i)];
        var sum = new ExactSum(40, width);
        sum.Add([.. lower.Select(BitConverter.Int32BitsToSingle)], 1);
        sum.Add([.. lower.Select(bits => BitConverter.Int32BitsToSingle(bits + 1))], 1);

        Assert.Equal(lower.Select(bits => bits + (bits & 1)), Bits(sum.Mean()));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void What_is_not_finite_names_the_first_client_and_leaves_the_sum(VectorWidth width, Kind kind)
    {
        var random = new KeyedRandom(new RandomKey(13, RandomPurpose.Synthetic, Client: (int)kind));
        foreach (int workers in (int[])[1, 3])
        {
            Contribution[] before = Draw(kind, 9000, 2, ref random);
            Contribution[] refused = Draw(kind, 9000, 70, ref random);
            var sum = new ExactSum(9000, width);
            sum.AddMany(before);
            float[] values = refused[66].Values.ToArray();
            (values[8500], values[8999]) = (float.NaN, float.PositiveInfinity);
            refused[66] = refused[66] with { Values = values };
            float[] later = refused[67].Values.ToArray();
            later[3] = float.NegativeInfinity;
            refused[67] = refused[67] with { Values = later };

            NonFiniteContributionException error = Assert.Throws<NonFiniteContributionException>(() => sum.AddMany(refused, workers));

            Assert.Equal((66, 8500), (error.Client, error.Index));
            AssertTotals(before, sum);
            Assert.Equal(before[0].Weight + before[1].Weight, sum.TotalWeight);
            Assert.Throws<NonFiniteContributionException>(() => sum.Add(later, 1));
            AssertTotals(before, sum);
        }
    }

    [Fact]
    public void Merging_at_one_width_what_was_added_at_another_gives_the_whole()
    {
        var random = new KeyedRandom(new RandomKey(14, RandomPurpose.Synthetic));
        foreach (Kind kind in Enum.GetValues<Kind>())
        {
            Contribution[] contributions = Draw(kind, 1500, 30, ref random);
            ExactSum[] nodes = [new(1500, VectorWidth.V128), new(1500, VectorWidth.V256), new(1500, VectorWidth.V512)];
            for (int i = 0; i < contributions.Length; i += 5)
                nodes[random.Next(3)].AddMany(contributions.AsSpan(i, 5));
            nodes[1].Merge(nodes[0]);
            nodes[1].Merge(nodes[2]);
            AssertTotals(contributions, nodes[1]);

            nodes[1].Merge(nodes[1]);
            AssertTotals([.. contributions, .. contributions], nodes[1]);
        }
    }

    [Fact]
    public void Sums_that_leave_128_bits_in_some_lanes_stay_exact()
    {
        // 2^11 · (2^31 − 1) is just under 2^42: 64 of them pass 2^47, where 128 bits end.
        foreach (VectorWidth width in Enum.GetValues<VectorWidth>())
        {
            var contributions = new Contribution[130];
            for (int i = 0; i < contributions.Length; i++)
            {
                float[] values = new float[40];
                (values[3], values[17], values[39]) = (2048, -2048, i % 2 == 0 ? 4095.9998f : -4095.9998f);
                contributions[i] = new Contribution(values, int.MaxValue);
            }

            var sum = new ExactSum(40, width);
            sum.AddMany(contributions);
            AssertTotals(contributions, sum);
            Assert.Equal(2, sum.SpilledCoordinates);
            Assert.Equal((2048, -2048, 0), (sum.Mean()[3], sum.Mean()[17], sum.Mean()[39]));
        }
    }

    [Fact]
    public void Adding_one_allocates_nothing()
    {
        var random = new KeyedRandom(new RandomKey(15, RandomPurpose.Synthetic));
        Contribution contribution = Draw(Kind.Common, 5000, 1, ref random)[0];
        var sum = new ExactSum(5000);
        sum.Add(contribution.Values.Span, 3);

        long before = GC.GetAllocatedBytesForCurrentThread();
        sum.Add(contribution.Values.Span, 3);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static Contribution[] Draw(Kind kind, int length, int count, ref KeyedRandom random)
    {
        // With 2^14 each, 64 contributions of values just under 2^12 bring the accumulators to their bounds; the heaviest go one by one.
        long heaviest = random.Next(2) == 0 ? 1 << 14 : int.MaxValue;
        var contributions = new Contribution[count];
        for (int c = 0; c < count; c++)
        {
            float[] values = new float[length];
            foreach (ref float value in values.AsSpan())
                value = Draw(kind, ref random);
            long weight = kind == Kind.Bound || random.Next(8) == 0 ? heaviest : 1 + random.Next(random.Next(2) == 0 ? 1000 : int.MaxValue);
            contributions[c] = new Contribution(values, weight, c);
        }

        return contributions;
    }

    private static float Draw(Kind kind, ref KeyedRandom random) => kind switch
    {
        Kind.Common => random.Next(50) == 0 ? 0 : (float)(0.05 * random.NextNormal()),
        Kind.Mixed when random.Next(100) != 0 => (float)(0.05 * random.NextNormal()),
        Kind.Bound => 4096 - (random.NextSingle() / 512),
        Kind.Tiny => FromFields(ref random, 60 + random.Next(40)),
        _ => FromFields(ref random, random.Next(255)),
    };

    private static float FromFields(ref KeyedRandom random, int exponent) =>
        BitConverter.Int32BitsToSingle((random.Next(2) << 31) | (exponent << 23) | random.Next(1 << 23));

    private static void AssertTotals(Contribution[] contributions, ExactSum sum)
    {
        BigInteger[] expected = new BigInteger[sum.Length];
        foreach (Contribution contribution in contributions)
        {
            ReadOnlySpan<float> values = contribution.Values.Span;
            for (int i = 0; i < expected.Length; i++)
                expected[i] += Units(values[i]) * contribution.Weight;
        }

        for (int i = 0; i < expected.Length; i++)
            Assert.True(expected[i] == sum.Total(i), $"Coordinate {i} of {sum.Length}, {contributions.Length} contributions: {sum.Total(i)} instead of {expected[i]}.");
    }

    private static IEnumerable<int> Bits(float[] values) => values.Select(BitConverter.SingleToInt32Bits);

    /// <summary>A float in units of 2^-149, from its fields.</summary>
    private static BigInteger Units(float value)
    {
        int bits = BitConverter.SingleToInt32Bits(value);
        int exponent = bits >> 23 & 0xFF;
        BigInteger magnitude = exponent == 0 ? bits & 0x7FFFFF : (BigInteger)((bits & 0x7FFFFF) | 0x800000) << (exponent - 1);
        return bits < 0 ? -magnitude : magnitude;
    }
}
