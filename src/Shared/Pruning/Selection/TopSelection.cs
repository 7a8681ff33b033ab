using Federated.Engine.Parameters;

namespace Federated.Pruning.Selection;

/// <summary>
/// The k largest of n values, exactly k of them: of equal values those with the lower index are kept. O(n) time, no copy of the values.
/// </summary>
public static class TopSelection
{
    /// <summary>The positions of the <paramref name="count"/> largest scores.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The count is not in 0…number of scores.</exception>
    /// <exception cref="ArgumentException">A score is NaN.</exception>
    public static BitSet ByScore(ReadOnlySpan<float> scores, int count) => Select<ValueKey>(scores, count);

    /// <summary>The positions of the <paramref name="count"/> values of largest magnitude.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The count is not in 0…number of values.</exception>
    /// <exception cref="ArgumentException">A value is NaN.</exception>
    public static BitSet ByMagnitude(ReadOnlySpan<float> values, int count) => Select<MagnitudeKey>(values, count);

    private static BitSet Select<TKey>(ReadOnlySpan<float> values, int count)
        where TKey : struct, IRankKey
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)count, (uint)values.Length, nameof(count));
        RankThreshold threshold = RankThreshold.Find<TKey>(values, [new Segment(0, values.Length)], count);
        ulong[] words = new ulong[BitSet.WordCount(values.Length)];
        int ties = threshold.Ties;
        for (int w = 0; w < words.Length; w++)
        {
            ReadOnlySpan<float> part = values.Slice(w << 6, Math.Min(64, values.Length - (w << 6)));
            ulong word = 0;
            for (int bit = 0; bit < part.Length; bit++)
            {
                uint key = TKey.Of(part[bit]);
                word |= (key > threshold.Key ? 1UL : 0UL) << bit;
                if (key == threshold.Key && ties > 0)
                {
                    ties--;
                    word |= 1UL << bit;
                }
            }

            words[w] = word;
        }

        return BitSet.FromWords(values.Length, words);
    }
}
