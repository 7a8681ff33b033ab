using System.Numerics;
using Federated.Engine.Numerics;
using Federated.Engine.Parameters;
using Federated.Protocol.Payloads;

namespace Federated.Protocol.Coding;

/// <summary>
/// Codes a set of positions whose length n and count k both sides know, close to the bound log2 C(n, k) bits. Which of the forms is used follows from n and k alone,
/// so no byte is spent on it: an empty or full set takes nothing; near one half, where a bitmap is within 0.1 % of the bound, 16 raw bits at a time;
/// otherwise gaps (see <see cref="GapModel"/>) between the set positions, or between the clear ones when those are fewer. Several sets share one range coder, so that only one of them is rounded up to bytes.
/// </summary>
internal static class IndexSetCodec
{
    /// <summary>Bytes that a set takes at most on average, for sizing buffers; the entropy is at most min(n, k·log2(e·n/k)) bits.</summary>
    public static int EstimateBytes(int length, int count)
    {
        int fewer = Math.Min(count, length - count);
        if (fewer == 0)
            return 0;
        long gaps = fewer * (BitOperations.Log2((uint)(length / fewer)) + 3L);
        return (int)(Math.Min(gaps, length) / 8) + 8;
    }

    /// <summary>
    /// Bits that a uniformly random set takes on average, to within a thousandth: log2 C(n, k), and the coder's 1/(j(j+1)) nats at j ones left, which telescope to 1 − 1/(k+1).
    /// </summary>
    public static double MeanBits(int length, int count)
    {
        switch (FormOf(length, count))
        {
            case Form.Empty or Form.Full:
                return 0;
            case Form.Raw:
                return 16.0 * ((length + 15) / 16);
        }

        int fewer = Math.Min(count, length - count);
        double nats = 1 - (1.0 / (fewer + 1));
        for (int i = 0; i < fewer; i++)
            nats += DeterministicMath.Log((double)(length - i) / (fewer - i));
        return nats / DeterministicMath.Log(2);
    }

    /// <summary>Encodes the set in <paramref name="words"/>, which has <paramref name="count"/> of <paramref name="length"/> bits set.</summary>
    public static void Encode(ref RangeEncoder encoder, ReadOnlySpan<ulong> words, int length, int count)
    {
        switch (FormOf(length, count))
        {
            case Form.Raw:
                EncodeRaw(ref encoder, words, length);
                break;
            case Form.Ones:
                EncodeGaps(ref encoder, words, length, count, 0);
                break;
            case Form.Zeros:
                EncodeGaps(ref encoder, words, length, length - count, ulong.MaxValue);
                break;
        }
    }

    /// <summary>Encodes the set with these positions, strictly ascending and inside 0…<paramref name="length"/>−1; the same bits as <see cref="Encode"/>.</summary>
    public static void EncodePositions(ref RangeEncoder encoder, ReadOnlySpan<int> positions, int length)
    {
        if (FormOf(length, positions.Length) != Form.Ones)
        {
            Encode(ref encoder, BitSet.FromPositions(length, positions).Words, length, positions.Length);
            return;
        }

        var model = new GapModel(length, positions.Length);
        int from = 0;
        foreach (int position in positions)
        {
            EncodeGap(ref encoder, ref model, position - from);
            from = position + 1;
            if (model.IsDetermined)
                return;
        }
    }

    /// <summary>Decodes a set of <paramref name="count"/> of <paramref name="length"/> positions into <paramref name="words"/>, which must be all zero.</summary>
    /// <exception cref="PayloadException">The stream is damaged.</exception>
    public static void Decode(ref RangeDecoder decoder, Span<ulong> words, int length, int count)
    {
        switch (FormOf(length, count))
        {
            case Form.Full:
                Fill(words, 0, length);
                break;
            case Form.Raw:
                DecodeRaw(ref decoder, words, length, count);
                break;
            case Form.Ones:
                DecodeGaps(ref decoder, words, length, count);
                break;
            case Form.Zeros:
                DecodeGaps(ref decoder, words, length, length - count);
                for (int w = 0; w < words.Length; w++)
                    words[w] = ~words[w] & WordMask(length, w);
                break;
        }
    }

    /// <summary>Decodes a set into its positions, ascending.</summary>
    /// <exception cref="PayloadException">The stream is damaged.</exception>
    public static int[] DecodePositions(ref RangeDecoder decoder, int length, int count)
    {
        if (FormOf(length, count) != Form.Ones)
        {
            ulong[] words = new ulong[BitSet.WordCount(length)];
            Decode(ref decoder, words, length, count);
            return BitSet.FromWords(length, words).ToPositions();
        }

        int[] positions = new int[count];
        var model = new GapModel(length, count);
        int from = 0;
        for (int i = 0; i < count; i++)
        {
            if (!model.IsDetermined)
                from += DecodeGap(ref decoder, ref model);
            positions[i] = from++;
        }

        return positions;
    }

    private static Form FormOf(int length, int count)
    {
        if (count == 0)
            return Form.Empty;
        if (count == length)
            return Form.Full;
        // |n − 2k| ≤ n/32 is a density of 0.484…0.516, where the binary entropy is above 0.9992.
        if (Math.Abs(length - (2L * count)) * 32 <= length)
            return Form.Raw;
        return count < length - count ? Form.Ones : Form.Zeros;
    }

    private static void EncodeRaw(ref RangeEncoder encoder, ReadOnlySpan<ulong> words, int length)
    {
        for (int start = 0; start < length; start += 16)
            encoder.EncodeUniform16((uint)(words[start >> 6] >> (start & 48)) & 0xFFFF);
    }

    private static void DecodeRaw(ref RangeDecoder decoder, Span<ulong> words, int length, int count)
    {
        for (int start = 0; start < length; start += 16)
            words[start >> 6] |= (ulong)decoder.DecodeUniform16() << (start & 48);
        int found = 0;
        foreach (ulong word in words)
            found += BitOperations.PopCount(word);
        if (found != count || (words[^1] & ~WordMask(length, words.Length - 1)) != 0)
            throw decoder.Corrupt($"a bitmap does not hold {count} of {length} positions");
    }

    private static void EncodeGaps(ref RangeEncoder encoder, ReadOnlySpan<ulong> words, int length, int count, ulong flip)
    {
        var model = new GapModel(length, count);
        int from = 0;
        for (int w = 0; w < words.Length; w++)
        {
            for (ulong rest = (words[w] ^ flip) & WordMask(length, w); rest != 0; rest &= rest - 1)
            {
                int position = (w << 6) + BitOperations.TrailingZeroCount(rest);
                EncodeGap(ref encoder, ref model, position - from);
                from = position + 1;
                if (model.IsDetermined)
                    return;
            }
        }
    }

    private static void DecodeGaps(ref RangeDecoder decoder, Span<ulong> words, int length, int count)
    {
        var model = new GapModel(length, count);
        int position = 0;
        while (!model.IsDetermined)
        {
            position += DecodeGap(ref decoder, ref model);
            words[position >> 6] |= 1UL << (position & 63);
            position++;
        }

        if (model.Ones > 0)
            Fill(words, position, length);
    }

    private static void EncodeGap(ref RangeEncoder encoder, ref GapModel model, int gap)
    {
        int levels = model.Levels;
        int rest = gap;
        for (; rest >> levels != 0; rest -= 1 << levels)
            encoder.Encode(model.SkipProbability, one: false);
        encoder.Encode(model.SkipProbability, one: true);
        for (int level = levels - 1; level >= 0; level--)
            encoder.Encode(model.LeftProbability(level), (rest >> level & 1) != 0);
        model.Advance(gap);
    }

    private static int DecodeGap(ref RangeDecoder decoder, ref GapModel model)
    {
        // A larger gap would leave too few positions for the ones still to come.
        int largest = model.Remaining - model.Ones;
        int levels = model.Levels;
        int gap = 0;
        while (!decoder.Decode(model.SkipProbability))
        {
            gap += 1 << levels;
            if ((uint)gap > (uint)largest)
                throw decoder.Corrupt("a gap reaches beyond the last position");
        }

        for (int level = levels - 1; level >= 0; level--)
        {
            if (decoder.Decode(model.LeftProbability(level)))
                gap += 1 << level;
        }

        if ((uint)gap > (uint)largest)
            throw decoder.Corrupt("a gap reaches beyond the last position");
        model.Advance(gap);
        return gap;
    }

    private static ulong WordMask(int length, int word)
    {
        int bits = length - (word << 6);
        return bits >= 64 ? ulong.MaxValue : (1UL << bits) - 1;
    }

    private static void Fill(Span<ulong> words, int from, int to)
    {
        for (int w = from >> 6; w < words.Length && (w << 6) < to; w++)
        {
            ulong mask = WordMask(to, w);
            if (w == from >> 6)
                mask &= ulong.MaxValue << (from & 63);
            words[w] |= mask;
        }
    }

    private enum Form
    {
        Empty,
        Full,
        Raw,
        Ones,
        Zeros,
    }
}
