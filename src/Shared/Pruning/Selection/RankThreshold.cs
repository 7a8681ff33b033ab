namespace Federated.Pruning.Selection;

/// <summary>Where the k-th largest key lies: every larger key is kept, and of the equal ones the first <paramref name="Ties"/> in index order.</summary>
/// <param name="Key">The k-th largest key.</param>
/// <param name="Ties">How many keys equal to it are kept.</param>
internal readonly record struct RankThreshold(uint Key, int Ties)
{
    // 11 + 11 + 10 bits: three passes over the values with tables that stay in the first-level cache.
    private const int Bins = 2048;

    /// <summary>
    /// The threshold of the <paramref name="count"/> largest among the values of the segments, in O(n): a radix selection that fixes the key's bits from the top,
    /// one histogram per pass.
    /// </summary>
    /// <exception cref="ArgumentException">A value is NaN.</exception>
    public static RankThreshold Find<TKey>(ReadOnlySpan<float> values, ReadOnlySpan<Segment> segments, int count)
        where TKey : struct, IRankKey
    {
        RequireNumbers(values, segments);
        if (count == 0)
            return new RankThreshold(uint.MaxValue, 0);
        Span<int> histogram = stackalloc int[Bins];
        uint prefix = 0;
        int wanted = count;
        for (int low = 21; ; low = low == 21 ? 10 : 0)
        {
            int high = low == 21 ? 32 : low == 10 ? 21 : 10;
            histogram.Clear();
            uint mask = (1u << (high - low)) - 1;
            foreach (Segment segment in segments)
            {
                foreach (float value in values.Slice(segment.Offset, segment.Count))
                {
                    uint key = TKey.Of(value);
                    // Shifted as 64 bits, because a 32-bit shift by 32 does nothing.
                    if ((uint)((ulong)key >> high) == prefix)
                        histogram[(int)((key >> low) & mask)]++;
                }
            }

            int bin = (int)mask;
            while (histogram[bin] < wanted)
                wanted -= histogram[bin--];
            prefix = (prefix << (high - low)) | (uint)bin;
            if (low == 0)
                return new RankThreshold(prefix, wanted);
        }
    }

    private static void RequireNumbers(ReadOnlySpan<float> values, ReadOnlySpan<Segment> segments)
    {
        foreach (Segment segment in segments)
        {
            ReadOnlySpan<float> part = values.Slice(segment.Offset, segment.Count);
            bool isNumber = true;
            foreach (float value in part)
                isNumber &= !float.IsNaN(value);
            if (isNumber)
                continue;
            for (int i = 0; i < part.Length; i++)
            {
                if (float.IsNaN(part[i]))
                    throw new ArgumentException($"The score at position {segment.Offset + i} is NaN, so it has no rank: training diverged, or the score divided by zero.", nameof(values));
            }
        }
    }
}

/// <summary>A run of consecutive values.</summary>
/// <param name="Offset">Position of the first.</param>
/// <param name="Count">Number of values.</param>
internal readonly record struct Segment(int Offset, int Count);
