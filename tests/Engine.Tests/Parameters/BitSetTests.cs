using Federated.Engine.Parameters;
using Federated.Engine.Randomness;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace Federated.Engine.Tests.Parameters;

public sealed class BitSetTests
{
    [Fact]
    public void FromPositions_InAnyOrderAndRepeated_KeepsEachOnce()
    {
        var set = BitSet.FromPositions(130, [129, 0, 64, 63, 64]);
        Assert.Equal(4, set.Count);
        Assert.Equal([0, 63, 64, 129], set.ToPositions());
        Assert.True(set[63]);
        Assert.False(set[62]);
        Assert.Equal([0x8000000000000001UL, 1UL, 2UL], set.Words.ToArray());
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 1)]
    [InlineData(63, 1)]
    [InlineData(64, 1)]
    [InlineData(65, 2)]
    public void Full_HasEveryPositionAndNoBitBeyond(int length, int words)
    {
        var full = BitSet.Full(length);
        Assert.Equal(length, full.Count);
        Assert.Equal(words, full.Words.Length);
        Assert.Equal(Enumerable.Range(0, length), full.ToPositions());
        Assert.Equal(full, BitSet.FromWords(length, full.Words));
    }

    [Fact]
    public void WordCount_OfTheLongestSet_DoesNotOverflow() => Assert.Equal(1 << 25, BitSet.WordCount(int.MaxValue));

    [Fact]
    public void PositionsAndWordsOutside_AreRefused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => BitSet.FromPositions(10, [10]));
        Assert.Throws<ArgumentOutOfRangeException>(() => BitSet.FromPositions(10, [-1]));
        Assert.Throws<ArgumentOutOfRangeException>(() => BitSet.Full(10)[10]);
        Assert.Throws<ArgumentOutOfRangeException>(() => BitSet.Full(10)[-1]);
        Assert.Throws<ArgumentException>(() => BitSet.FromWords(10, [1UL << 10]));
        Assert.Throws<ArgumentException>(() => BitSet.FromWords(10, [0, 0]));
        Assert.Throws<ArgumentException>(() => BitSet.Full(10).And(BitSet.Full(11)));
    }

    [Fact]
    public void FromWords_CopiesItsInput()
    {
        ulong[] words = [5];
        var set = BitSet.FromWords(3, words);
        words[0] = 0;
        Assert.Equal([0, 2], set.ToPositions());
    }

    [Fact]
    public void Operations_AgreeWithHashSets()
        => Check.One(Config.QuickThrowOnFailure.WithMaxTest(300), Prop.ForAll(Gen.Choose(0, int.MaxValue).ToArbitrary(), static seed =>
        {
            var random = new KeyedRandom(new RandomKey((ulong)seed, RandomPurpose.Synthetic));
            int length = random.Next(200);
            (BitSet a, HashSet<int> inA) = RandomSet(length, ref random);
            (BitSet b, HashSet<int> inB) = RandomSet(length, ref random);
            return Same(a, inA) && Same(b, inB)
                && Same(a.And(b), inA.Intersect(inB))
                && Same(a.Or(b), inA.Union(inB))
                && Same(a.Except(b), inA.Except(inB))
                && a.Equals(b) == inA.SetEquals(inB)
                && BitSet.FromPositions(length, a.ToPositions()).Equals(a)
                && BitSet.FromPositions(length, a.ToPositions()).GetHashCode() == a.GetHashCode();
        }));

    private static bool Same(BitSet set, IEnumerable<int> expected)
    {
        int[] sorted = [.. expected.Order()];
        return set.Count == sorted.Length && set.ToPositions().AsSpan().SequenceEqual(sorted) && sorted.All(position => set[position]);
    }

    private static (BitSet Set, HashSet<int> Positions) RandomSet(int length, ref KeyedRandom random)
    {
        var positions = new HashSet<int>();
        int outOf = 1 + random.Next(4);
        for (int i = 0; i < length; i++)
        {
            if (random.Next(outOf) == 0)
                positions.Add(i);
        }

        return (BitSet.FromPositions(length, [.. positions]), positions);
    }
}
