using System.Numerics;

namespace Federated.Engine.Parameters;

/// <summary>An immutable set of positions 0…<see cref="Length"/>−1, one bit each, in words of 64.</summary>
public sealed class BitSet : IEquatable<BitSet>
{
    private readonly ulong[] words;

    private BitSet(int length, ulong[] words)
    {
        Length = length;
        this.words = words;
        int count = 0;
        foreach (ulong word in words)
            count += BitOperations.PopCount(word);
        Count = count;
    }

    /// <summary>Number of positions, set or not.</summary>
    public int Length { get; }

    /// <summary>Number of positions that are set.</summary>
    public int Count { get; }

    /// <summary>The bits, position 0 in the lowest bit of the first word; bits beyond <see cref="Length"/> are zero.</summary>
    public ReadOnlySpan<ulong> Words => words;

    /// <summary>Whether <paramref name="position"/> is in the set.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The position is outside 0…<see cref="Length"/>−1.</exception>
    public bool this[int position]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)position, (uint)Length, nameof(position));
            return (words[position >> 6] >> (position & 63) & 1) != 0;
        }
    }

    /// <summary>The number of 64-bit words that hold <paramref name="length"/> bits.</summary>
    public static int WordCount(int length) => (int)(((long)length + 63) >> 6);

    /// <summary>All positions set.</summary>
    public static BitSet Full(int length)
    {
        ulong[] words = new ulong[WordCount(length)];
        Array.Fill(words, ulong.MaxValue);
        ClearTail(words, length);
        return new BitSet(length, words);
    }

    /// <summary>The set with exactly these positions; they may come in any order and repeat.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A position is outside 0…<paramref name="length"/>−1.</exception>
    public static BitSet FromPositions(int length, ReadOnlySpan<int> positions)
    {
        ulong[] words = new ulong[WordCount(length)];
        foreach (int position in positions)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)position, (uint)length, nameof(positions));
            words[position >> 6] |= 1UL << (position & 63);
        }

        return new BitSet(length, words);
    }

    /// <summary>The set whose bits are copied from <paramref name="words"/>.</summary>
    /// <exception cref="ArgumentException">The number of words does not fit, or a bit beyond <paramref name="length"/> is set.</exception>
    public static BitSet FromWords(int length, ReadOnlySpan<ulong> words)
    {
        if (words.Length != WordCount(length))
            throw new ArgumentException($"{length} bits take {WordCount(length)} words, not {words.Length}.", nameof(words));
        ulong[] copy = words.ToArray();
        ClearTail(copy, length);
        if (copy.Length > 0 && copy[^1] != words[^1])
            throw new ArgumentException($"A bit beyond position {length - 1} is set.", nameof(words));
        return new BitSet(length, copy);
    }

    /// <summary>The positions that are set, ascending.</summary>
    public int[] ToPositions()
    {
        int[] positions = new int[Count];
        int next = 0;
        for (int w = 0; w < words.Length; w++)
        {
            for (ulong rest = words[w]; rest != 0; rest &= rest - 1)
                positions[next++] = (w << 6) + BitOperations.TrailingZeroCount(rest);
        }

        return positions;
    }

    /// <summary>Positions in both sets.</summary>
    public BitSet And(BitSet other) => Combine(other, static (a, b) => a & b);

    /// <summary>Positions in this set and not in the other.</summary>
    public BitSet Except(BitSet other) => Combine(other, static (a, b) => a & ~b);

    /// <summary>Positions in either set.</summary>
    public BitSet Or(BitSet other) => Combine(other, static (a, b) => a | b);

    /// <inheritdoc/>
    public bool Equals(BitSet? other) => other is not null && Length == other.Length && words.AsSpan().SequenceEqual(other.words);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as BitSet);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Length, Count, words.Length > 0 ? words[0] : 0, words.Length > 0 ? words[^1] : 0);

    private static void ClearTail(ulong[] words, int length)
    {
        if ((length & 63) != 0)
            words[^1] &= (1UL << (length & 63)) - 1;
    }

    private BitSet Combine(BitSet other, Func<ulong, ulong, ulong> combine)
    {
        if (other.Length != Length)
            throw new ArgumentException($"The sets have {Length} and {other.Length} positions.", nameof(other));
        ulong[] result = new ulong[words.Length];
        for (int w = 0; w < result.Length; w++)
            result[w] = combine(words[w], other.words[w]);
        return new BitSet(Length, result);
    }
}
