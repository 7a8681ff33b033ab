using Federated.Protocol.Coding;
using Federated.Protocol.Payloads;

namespace Federated.Protocol.Aggregation;

/// <summary>
/// Sparse exact sums as bytes, beside those of <see cref="PartialSum"/>: 'F', 'S', version 1, form 2; the number of named coordinates; the length of their coded set and the set
/// (see <see cref="IndexSetCodec"/>); then the sums there as a vector in form 0, which holds the total weight. A sum has one encoding, whatever the order and grouping in which it was formed.
/// </summary>
public static class SparsePartialSum
{
    private const byte Form = 2;

    /// <summary>The bytes of a sum.</summary>
    /// <exception cref="OverflowException">They would take 2 GiB or more.</exception>
    public static byte[] Encode(SparseExactSum sum)
    {
        (int[] indices, ExactSum sums) = sum.Gather();
        var encoder = new RangeEncoder(IndexSetCodec.EstimateBytes(sum.Length, indices.Length));
        IndexSetCodec.EncodePositions(ref encoder, indices, sum.Length);
        byte[] set = encoder.Finish();
        byte[] vector = PartialSum.Encode(sums);
        byte[] encoded = new byte[checked(PartialSum.HeaderBytes + PartWriter.NumberBytes(indices.Length) + PartWriter.NumberBytes(set.Length) + set.Length + vector.Length)];
        var writer = new PartWriter(encoded);
        PartialSum.WriteHeader(ref writer, Form);
        writer.WriteNumber(indices.Length);
        writer.WriteNumber(set.Length);
        writer.WriteBytes(set);
        writer.WriteBytes(vector);
        return encoded;
    }

    /// <summary>The sum that these bytes are, and its named coordinates, ascending.</summary>
    /// <param name="bytes">All bytes of the sum and no more.</param>
    /// <param name="length">Number of coordinates that the sum must have.</param>
    /// <param name="largestCount">Most coordinates that may be named: memory is given to no more.</param>
    /// <exception cref="PayloadException">The bytes are not such a sum.</exception>
    public static (SparseExactSum Sum, int[] Indices) Decode(ReadOnlySpan<byte> bytes, int length, int largestCount)
    {
        var reader = new PartReader(bytes, 0);
        PartialSum.ReadHeader(ref reader, Form);
        int count = reader.ReadNumber(Math.Min(length, largestCount), "number of named coordinates");
        int setBytes = reader.ReadNumber(int.MaxValue, "length of a coded set");
        int start = reader.Offset;
        ReadOnlySpan<byte> set = reader.Take(setBytes);
        // What is left holds at least two bytes for every block of sums, so that a count is not believed without bytes behind it.
        if (count / PlaneBlock.Size > reader.Remaining / PlaneBlock.HeaderBytes)
            throw new PayloadException(PayloadError.Truncated, reader.Offset, $"{count} sums do not fit into {reader.Remaining} bytes.");
        var decoder = new RangeDecoder(set, start);
        int[] indices = IndexSetCodec.DecodePositions(ref decoder, length, count);
        decoder.RequireEnd();
        ExactSum sums = PartialSum.DecodeVector(reader.Take(reader.Remaining), count);
        return (new SparseExactSum(length, indices, sums.Sums, sums.TotalWeight), indices);
    }

    /// <summary>The most bytes that a sum of up to <paramref name="largestCount"/> named coordinates of <paramref name="length"/> takes.</summary>
    public static long LargestBytes(int length, int largestCount, long totalWeight)
    {
        int count = Math.Min(length, largestCount);
        return PartialSum.HeaderBytes + (2 * PartialSum.LargestNumberBytes) + LargestSetBytes(length, count) + PartialSum.LargestVectorBytes(count, totalWeight);
    }

    /// <summary>
    /// A set of up to <paramref name="count"/> positions is coded as raw bits, length / 8 bytes, or as gaps between k ≤ count positions. While at most half of the R positions ahead are set, the
    /// model's probabilities are between 1/5 and 4/5, so that no symbol costs more than 2.4 bits. A position is 2 + 31 symbols at most, apart from those that skip 2^m &gt; R / 2k positions;
    /// of the latter there are at most 2k · ln(length) &lt; 43 k, when each gap takes half of what is ahead. Together 76 · 2.4 bits a position. Where more than half are set, the rest costs
    /// about log2 C(R, k) &lt; 2k bits. That is under 24 bytes a position.
    /// </summary>
    private static long LargestSetBytes(int length, int count) => Math.Max(24L * count, (length + 7L) / 8) + 16;
}
