using Federated.Engine.Randomness;
using Xunit;

namespace Federated.Engine.Tests.Randomness;

public sealed class KeyedRandomTests
{
    private static readonly RandomKey Key = new(42, RandomPurpose.Synthetic);

    [Theory] // the known-answer vectors of Random123 (kat_vectors, philox4x32 10)
    [InlineData(0u, 0u, 0u, 0u, 0u, 0u, 0x6627E8D5u, 0xE169C58Du, 0xBC57AC4Cu, 0x9B00DBD8u)]
    [InlineData(~0u, ~0u, ~0u, ~0u, ~0u, ~0u, 0x408F276Du, 0x41C83B0Eu, 0xA20BC7C6u, 0x6D5451FDu)]
    [InlineData(0x243F6A88u, 0x85A308D3u, 0x13198A2Eu, 0x03707344u, 0xA4093822u, 0x299F31D0u, 0xD16CFE09u, 0x94FDCCEBu, 0x5001E420u, 0x24126EA1u)]
    public void Philox_KnownAnswers(uint x0, uint x1, uint x2, uint x3, uint k0, uint k1, uint y0, uint y1, uint y2, uint y3)
        => Assert.Equal((y0, y1, y2, y3), KeyedRandom.Philox(x0, x1, x2, x3, k0, k1));

    [Fact]
    public void Stream_OfOneKey_IsTheSameEveryTime()
    {
        var first = new KeyedRandom(Key);
        var second = new KeyedRandom(Key);
        for (int i = 0; i < 1000; i++)
            Assert.Equal(first.NextUInt64(), second.NextUInt64());
    }

    [Fact]
    public void Copy_ContinuesFromTheSamePosition()
    {
        var random = new KeyedRandom(Key);
        random.NextUInt32();
        KeyedRandom copy = random;
        Assert.Equal(random.NextUInt32(), copy.NextUInt32());
        Assert.Equal(random.NextUInt64(), copy.NextUInt64());
    }

    [Fact]
    public void Streams_OfKeysThatDifferInOneField_ShareNoBlock()
    {
        RandomKey[] keys =
        [
            Key, Key with { Seed = 43 }, Key with { Purpose = RandomPurpose.Partition }, Key with { Round = 1 }, Key with { Client = 1 }, Key with { Step = 1 },
            Key with { Round = 1, Client = 1 }, Key with { Step = 1L << 32 }, Key with { Client = -1 }, Key with { Round = -1 }, Key with { Step = -1 },
        ];
        var seen = new HashSet<ulong>();
        foreach (RandomKey key in keys)
        {
            var random = new KeyedRandom(key);
            for (int i = 0; i < 2000; i++)
                Assert.True(seen.Add(random.NextUInt64()), $"{key} repeats a value of another stream");
        }
    }

    [Fact]
    public void Streams_OfNeighbouringKeys_AreUncorrelated()
    {
        // The correlation of n independent uniforms has standard deviation 1/√n = 0.0032; 5 of them are exceeded once in 1.7 million.
        const int Count = 100_000;
        foreach (RandomKey other in (RandomKey[])[Key with { Seed = 43 }, Key with { Client = 1 }, Key with { Step = 1 }, Key with { Round = 1 }])
        {
            var a = new KeyedRandom(Key);
            var b = new KeyedRandom(other);
            double sum = 0;
            for (int i = 0; i < Count; i++)
                sum += (a.NextDouble() - 0.5) * (b.NextDouble() - 0.5) * 12;
            Assert.InRange(sum / Count, -5 / Math.Sqrt(Count), 5 / Math.Sqrt(Count));
        }
    }

    [Fact]
    public void EveryBit_IsSetHalfOfTheTime()
    {
        const int Count = 100_000;
        var random = new KeyedRandom(Key);
        int[] set = new int[32];
        for (int i = 0; i < Count; i++)
        {
            uint value = random.NextUInt32();
            for (int bit = 0; bit < 32; bit++)
                set[bit] += (int)(value >> bit & 1);
        }

        Assert.All(set, count => Assert.InRange(count, (Count / 2) - (5 * 158), (Count / 2) + (5 * 158))); // √(100 000 / 4) = 158
    }

    [Fact]
    public void NextDoubleAndNextSingle_AreUniformOverTheUnitInterval()
    {
        const int Count = 100_000;
        const int Bins = 100;
        var random = new KeyedRandom(Key);
        int[] doubles = new int[Bins];
        int[] singles = new int[Bins];
        for (int i = 0; i < Count; i++)
        {
            double x = random.NextDouble();
            float y = random.NextSingle();
            Assert.InRange(x, 0, Math.BitDecrement(1.0));
            Assert.InRange(y, 0, 1 - (1f / (1 << 24)));
            doubles[(int)(x * Bins)]++;
            singles[(int)(y * Bins)]++;
        }

        // χ² with 99 degrees of freedom: mean 99, standard deviation 14.1.
        Assert.InRange(ChiSquared(doubles, Count), 45, 170);
        Assert.InRange(ChiSquared(singles, Count), 45, 170);
    }

    [Fact]
    public void Next_OfALargeBound_HasNoBias()
    {
        // 2^32 = 8/3 · bound: without rejection, of three neighbouring results two would have three preimages and one would have two.
        const int Bound = 3 << 29;
        const int Count = 90_000;
        var random = new KeyedRandom(Key);
        int[] residues = new int[3];
        for (int i = 0; i < Count; i++)
            residues[random.Next(Bound) % 3]++;
        Assert.All(residues, count => Assert.InRange(count, (Count / 3) - 707, (Count / 3) + 707)); // 5·√(90 000·2/9) = 707
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    [InlineData(100)]
    public void Next_SmallBound_IsUniformAndInRange(int bound)
    {
        const int Count = 50_000;
        var random = new KeyedRandom(Key with { Step = bound });
        int[] counts = new int[bound];
        for (int i = 0; i < Count; i++)
            counts[random.Next(bound)]++;
        double freedom = bound - 1;
        Assert.True(ChiSquared(counts, Count) <= freedom + (5 * Math.Sqrt(2 * freedom)) + 10);
    }

    [Fact]
    public void Next_BoundNotPositive_IsRefused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(static () => new KeyedRandom(Key).Next(0));
        Assert.Throws<ArgumentOutOfRangeException>(static () => new KeyedRandom(Key).Next(-1));
        Assert.Throws<ArgumentOutOfRangeException>(static () => new KeyedRandom(Key).NextGamma(0));
    }

    [Fact]
    public void NextNormal_HasTheMomentsOfTheNormalDistribution()
    {
        const int Count = 200_000;
        var random = new KeyedRandom(Key);
        double[] moments = new double[5];
        int withinOne = 0;
        for (int i = 0; i < Count; i++)
        {
            double x = random.NextNormal();
            for (int m = 1; m < moments.Length; m++)
            {
                double power = x;
                for (int p = 1; p < m; p++)
                    power *= x;
                moments[m] += power / Count;
            }

            withinOne += Math.Abs(x) < 1 ? 1 : 0;
        }

        // Standard errors √(1, 2, 15, 96 over n) = 0.0022, 0.0032, 0.0087, 0.0219; five of them each.
        Assert.InRange(moments[1], -0.011, 0.011);
        Assert.InRange(moments[2], 1 - 0.016, 1 + 0.016);
        Assert.InRange(moments[3], -0.044, 0.044);
        Assert.InRange(moments[4], 3 - 0.11, 3 + 0.11);
        Assert.InRange((double)withinOne / Count, 0.68269 - 0.0052, 0.68269 + 0.0052);
    }

    [Theory]
    [InlineData(0.1)]
    [InlineData(0.5)]
    [InlineData(1)]
    [InlineData(2.5)]
    [InlineData(30)]
    public void NextGamma_HasMeanAndVarianceEqualToItsShape(double shape)
    {
        const int Count = 200_000;
        var random = new KeyedRandom(Key with { Step = (long)(shape * 10) });
        double sum = 0;
        double squares = 0;
        for (int i = 0; i < Count; i++)
        {
            double x = random.NextGamma(shape);
            Assert.True(x >= 0);
            sum += x;
            squares += (x - shape) * (x - shape);
        }

        // Var x = k; Var (x−k)² = 2k² + 6k.
        double mean = sum / Count;
        Assert.InRange(mean, shape - (5 * Math.Sqrt(shape / Count)), shape + (5 * Math.Sqrt(shape / Count)));
        double tolerance = 5 * Math.Sqrt(((2 * shape * shape) + (6 * shape)) / Count);
        Assert.InRange(squares / Count, shape - tolerance, shape + tolerance);
    }

    [Fact]
    public void Shuffle_GivesEveryPermutationEquallyOften()
    {
        const int Count = 24_000;
        var random = new KeyedRandom(Key);
        var counts = new Dictionary<string, int>(StringComparer.Ordinal);
        for (int i = 0; i < Count; i++)
        {
            char[] items = ['a', 'b', 'c', 'd'];
            random.Shuffle(items.AsSpan());
            string order = new(items);
            counts[order] = counts.GetValueOrDefault(order) + 1;
        }

        Assert.Equal(24, counts.Count);
        Assert.True(ChiSquared([.. counts.Values], Count) < 23 + (5 * Math.Sqrt(46)));
    }

    private static double ChiSquared(int[] counts, int total)
    {
        double expected = (double)total / counts.Length;
        return counts.Sum(count => (count - expected) * (count - expected) / expected);
    }
}
