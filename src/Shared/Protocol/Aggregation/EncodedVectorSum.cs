using System.Numerics;
using Federated.Protocol.Payloads;

namespace Federated.Protocol.Aggregation;

/// <summary>
/// The bytes of a sum of vectors (see <see cref="PartialSum"/>) that have been checked from end to end and can be added to a sum block by block: however many coordinates they are of, they take no memory
/// beside their own.
/// </summary>
public sealed class EncodedVectorSum
{
    private readonly ReadOnlyMemory<byte> bytes;
    private readonly int blocksStart;

    private EncodedVectorSum(ReadOnlyMemory<byte> bytes, int length, long totalWeight, int blocksStart)
    {
        this.bytes = bytes;
        this.blocksStart = blocksStart;
        Length = length;
        TotalWeight = totalWeight;
    }

    /// <summary>Number of coordinates.</summary>
    public int Length { get; }

    /// <summary>Sum of the weights of all contributions.</summary>
    public long TotalWeight { get; }

    /// <summary>Checks all that <see cref="PartialSum.DecodeVector"/> checks.</summary>
    /// <param name="bytes">All bytes of the sum and no more; nobody may change them while the sum is in use.</param>
    /// <param name="length">Number of coordinates that the sum must have.</param>
    /// <exception cref="PayloadException">The bytes are not such a sum.</exception>
    public static EncodedVectorSum Check(ReadOnlyMemory<byte> bytes, int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        var reader = new PartReader(bytes.Span, 0);
        long weight = PartialSum.ReadVectorHead(ref reader, length);
        int blocksStart = reader.Offset;
        Span<long> low = stackalloc long[PlaneBlock.Size];
        Span<long> high = stackalloc long[PlaneBlock.Size];
        for (int start = 0; start < length; start += PlaneBlock.Size)
            PartialSum.ReadBlock(ref reader, Clear(low, length - start), Clear(high, length - start), weight);
        CheckOthers(ref reader, bytes.Span[blocksStart..], length, weight);
        reader.RequireEnd("sum");
        return new EncodedVectorSum(bytes, length, weight, blocksStart);
    }

    /// <summary>Adds everything to a sum of the same length.</summary>
    internal void AddTo(FixedSums sums)
    {
        var reader = new PartReader(bytes.Span[blocksStart..], blocksStart);
        Span<long> low = stackalloc long[PlaneBlock.Size];
        Span<long> high = stackalloc long[PlaneBlock.Size];
        for (int start = 0; start < Length; start += PlaneBlock.Size)
        {
            Span<long> lows = Clear(low, Length - start);
            Span<long> highs = Clear(high, Length - start);
            PlaneBlock.ReadChecked(ref reader, lows, highs);
            for (int i = 0; i < lows.Length; i++)
                sums.AddUnits(start + i, lows[i], highs[i]);
        }

        BigInteger largest = PartialSum.LargestUnits(TotalWeight);
        int others = PartialSum.ReadOtherCount(ref reader, Length);
        int next = 0;
        for (; others > 0; others--)
        {
            (int index, BigInteger value) = PartialSum.ReadOther(ref reader, next, Length, largest);
            sums.Spill(index, value);
            next = index + 1;
        }
    }

    // The block of a coordinate that has an other sum says zero there. Both ascend, so a second reader goes along.
    private static void CheckOthers(ref PartReader reader, ReadOnlySpan<byte> blocks, int length, long weight)
    {
        BigInteger largest = PartialSum.LargestUnits(weight);
        int others = PartialSum.ReadOtherCount(ref reader, length);
        var walker = new PartReader(blocks, 0);
        ReadOnlySpan<byte> planes = default;
        int walked = -1;
        int next = 0;
        for (; others > 0; others--)
        {
            int offset = reader.Offset;
            (int index, _) = PartialSum.ReadOther(ref reader, next, length, largest);
            for (; walked < index / PlaneBlock.Size; walked++)
            {
                walker.ReadByte();
                planes = walker.Take(walker.ReadByte() * Math.Min(PlaneBlock.Size, length - ((walked + 1) * PlaneBlock.Size)));
            }

            int inBlock = Math.Min(PlaneBlock.Size, length - (walked * PlaneBlock.Size));
            for (int i = index % PlaneBlock.Size; i < planes.Length; i += inBlock)
            {
                if (planes[i] != 0)
                    throw PartialSum.NotShortest(offset, index);
            }

            next = index + 1;
        }
    }

    private static Span<long> Clear(Span<long> words, int left)
    {
        Span<long> used = words[..Math.Min(PlaneBlock.Size, left)];
        used.Clear();
        return used;
    }
}
