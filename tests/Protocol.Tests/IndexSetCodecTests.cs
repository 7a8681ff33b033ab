using Federated.Engine.Numerics;
using Federated.Engine.Parameters;
using Federated.Engine.Randomness;
using Federated.Protocol.Coding;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace Federated.Protocol.Tests;

public sealed class IndexSetCodecTests
{
    /// <summary>Lengths around word borders and larger ones, any count, and sets that are spread, clustered at an end, or both.</summary>
    private static readonly Gen<BitSet> Sets =
        from length in Gen.OneOf(Gen.Choose(1, 130), Gen.Choose(131, 5000))
        from count in Gen.OneOf(Gen.Choose(0, length), Gen.Choose(0, Math.Min(5, length)), Gen.Choose(length - Math.Min(5, length), length))
        from shape in Gen.Choose(0, 3)
        from seed in Gen.Choose(0, int.MaxValue)
        select MakeSet(length, count, shape, seed);

    [Fact]
    public void Every_set_comes_back() => Properties.Check(
        Sets,
        set =>
        {
            byte[] stream = Encode(set);
            var decoder = new RangeDecoder(stream, 0);
            ulong[] words = new ulong[BitSet.WordCount(set.Length)];
            IndexSetCodec.Decode(ref decoder, words, set.Length, set.Count);
            decoder.RequireEnd();
            return BitSet.FromWords(set.Length, words).Equals(set);
        },
        tests: 2000);

    [Fact]
    public void Positions_and_bits_are_coded_alike() => Properties.Check(
        Sets,
        set =>
        {
            var encoder = new RangeEncoder(0);
            IndexSetCodec.EncodePositions(ref encoder, set.ToPositions(), set.Length);
            byte[] stream = encoder.Finish();
            var decoder = new RangeDecoder(stream, 0);
            int[] positions = IndexSetCodec.DecodePositions(ref decoder, set.Length, set.Count);
            decoder.RequireEnd();
            return stream.AsSpan().SequenceEqual(Encode(set)) && positions.AsSpan().SequenceEqual(set.ToPositions());
        },
        tests: 500);

    [Fact]
    public void Sets_that_share_a_stream_come_back_one_after_another() => Properties.Check(
        Sets.ListOf(),
        sets =>
        {
            var encoder = new RangeEncoder(0);
            foreach (BitSet set in sets)
                IndexSetCodec.Encode(ref encoder, set.Words, set.Length, set.Count);
            var decoder = new RangeDecoder(encoder.Finish(), 0);
            foreach (BitSet set in sets)
            {
                ulong[] words = new ulong[BitSet.WordCount(set.Length)];
                IndexSetCodec.Decode(ref decoder, words, set.Length, set.Count);
                if (!words.AsSpan().SequenceEqual(set.Words))
                    return false;
            }

            decoder.RequireEnd();
            return true;
        },
        tests: 50);

    [Theory]
    [InlineData(10_000, 0.001)]
    [InlineData(10_000, 0.005)]
    [InlineData(10_000, 0.01)]
    [InlineData(10_000, 0.05)]
    [InlineData(10_000, 0.1)]
    [InlineData(10_000, 0.3)]
    [InlineData(10_000, 0.48)]
    [InlineData(10_000, 0.5)]
    [InlineData(10_000, 0.52)]
    [InlineData(10_000, 0.9)]
    [InlineData(10_000, 0.999)]
    [InlineData(100_000, 0.001)]
    [InlineData(100_000, 0.01)]
    [InlineData(100_000, 0.1)]
    [InlineData(100_000, 0.5)]
    [InlineData(1_000_000, 0.001)]
    [InlineData(1_000_000, 0.01)]
    [InlineData(1_000_000, 0.1)]
    [InlineData(1_000_000, 0.5)]
    public void Random_sets_take_less_than_two_bits_or_a_thousandth_over_the_entropy(int length, double density)
    {
        // Several sets in one stream, as in a mask of several tensors: only the end of the stream is rounded to bytes.
        int count = (int)(density * length);
        const int sets = 16;
        var random = new KeyedRandom(new RandomKey(11, RandomPurpose.Synthetic));
        var encoder = new RangeEncoder(0);
        for (int i = 0; i < sets; i++)
        {
            BitSet set = Layouts.RandomSet(ref random, length, count);
            IndexSetCodec.Encode(ref encoder, set.Words, length, count);
        }

        double bound = EntropyBits(length, count);
        double coded = 8.0 * encoder.Finish().Length / sets;

        // 1.44 bits is the model's loss against a uniformly random set, half a bit the rounding of the stream, the rest the luck of 16 draws.
        // A single set may cost fewer bits than the bound, as any that the model finds likelier than the others.
        Assert.InRange(coded, bound * 0.97, bound + Math.Max(3, bound * 0.001));
        Assert.InRange(coded / bound, 0.97, 1.03);
    }

    [Theory]
    [InlineData(1000, 0)]
    [InlineData(1000, 1000)]
    public void An_empty_or_full_set_takes_no_byte(int length, int count)
    {
        BitSet set = count == 0 ? BitSet.FromPositions(length, []) : BitSet.Full(length);

        Assert.Empty(Encode(set));
    }

    [Fact]
    public void A_clustered_set_takes_no_more_than_a_random_one()
    {
        // All 1000 ones at the end of 100 000 positions: each of the 99 000 clear positions costs log2(1/0.99), 0.0145 bits; the ones behind them nothing.
        BitSet set = BitSet.FromPositions(100_000, [.. Enumerable.Range(99_000, 1000)]);

        Assert.InRange(8 * Encode(set).Length, 1, EntropyBits(100_000, 1000));
    }

    private static byte[] Encode(BitSet set)
    {
        var encoder = new RangeEncoder(0);
        IndexSetCodec.Encode(ref encoder, set.Words, set.Length, set.Count);
        return encoder.Finish();
    }

    private static double EntropyBits(int length, int count)
    {
        double nats = 0;
        for (int i = 1; i <= Math.Min(count, length - count); i++)
            nats += DeterministicMath.Log((double)(length - Math.Min(count, length - count) + i) / i);
        return nats / DeterministicMath.Log(2);
    }

    private static BitSet MakeSet(int length, int count, int shape, int seed)
    {
        var random = new KeyedRandom(new RandomKey((ulong)seed, RandomPurpose.Synthetic));
        if (shape == 0)
            return BitSet.FromPositions(length, [.. Enumerable.Range(0, count)]);
        if (shape == 1)
            return BitSet.FromPositions(length, [.. Enumerable.Range(length - count, count)]);
        return Layouts.RandomSet(ref random, length, count);
    }
}
