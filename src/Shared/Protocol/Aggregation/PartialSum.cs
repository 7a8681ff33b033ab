using System.Numerics;
using Federated.Protocol.Payloads;

namespace Federated.Protocol.Aggregation;

/// <summary>
/// Exact sums as bytes, for partial sums that cross or are stored: what is decoded, merged and rounded gives the same bits as if all contributions had been added in one place.
/// A sum has one encoding, whatever the order and grouping in which it was formed.
/// <para>
/// 'F', 'S', version 1, form (one byte); numbers of variable length and errors are those of payloads. Form 0, a vector: number of coordinates, total weight; for every 64 coordinates
/// a <see cref="PlaneBlock"/> of the sums in units of 2^-80; number of coordinates that are no such 128-bit integer, which are 0 in their block; for each of these, ascending, the coordinates skipped
/// since the last, the length in bytes and the sum in units of 2^-149, in two's complement, little-endian, as short as possible. Form 1, a scalar: total weight; number of zero bytes at the
/// low end; length in bytes of what is above them and these bytes, in two's complement, in units of 2^-1074.
/// </para>
/// </summary>
public static class PartialSum
{
    private const byte Version = 1;
    private const byte VectorForm = 0;
    private const byte ScalarForm = 1;

    /// <summary>'F', 'S', version, form.</summary>
    internal const int HeaderBytes = 4;

    /// <summary>Bytes of a number of variable length below 2^31, at most.</summary>
    internal const int LargestNumberBytes = 5;

    private const int LargestWeightBytes = 9;

    /// <summary>From units of 2^-149 to units of 2^-80.</summary>
    private const int UnitShift = FixedSums.SpillFractionBits - FixedSums.FractionBits;

    /// <summary>Σ weight · |value| is at most the total weight times the largest float32, which is this in units of 2^-149.</summary>
    private static readonly BigInteger LargestSingle = ((BigInteger.One << 24) - 1) << 253;

    /// <summary>The largest double, in units of 2^-1074.</summary>
    private static readonly BigInteger LargestDouble = ((BigInteger.One << 53) - 1) << 2045;

    /// <summary>The bytes of a sum of vectors.</summary>
    /// <exception cref="OverflowException">They would take 2 GiB or more.</exception>
    public static byte[] Encode(ExactSum sum)
    {
        FixedSums sums = sum.Sums;
        Normalize(sums, out ReadOnlySpan<long> low, out ReadOnlySpan<long> high, out SortedDictionary<int, BigInteger> others);
        int blocks = BlockCount(sum.Length);
        var forms = new PlaneBlock[blocks];
        int bytes = HeaderBytes + PartWriter.NumberBytes(sum.Length) + PartWriter.GroupBytes((ulong)sum.TotalWeight) + PartWriter.NumberBytes(others.Count);
        for (int i = 0; i < blocks; i++)
        {
            (int start, int count) = Block(i, sum.Length);
            forms[i] = PlaneBlock.Of(low.Slice(start, count), high.Slice(start, count));
            bytes = checked(bytes + PlaneBlock.HeaderBytes + (forms[i].Count * count));
        }

        int next = 0;
        foreach ((int index, BigInteger value) in others)
        {
            int length = value.GetByteCount();
            bytes = checked(bytes + PartWriter.NumberBytes(index - next) + PartWriter.NumberBytes(length) + length);
            next = index + 1;
        }

        byte[] encoded = new byte[bytes];
        var writer = new PartWriter(encoded);
        WriteHeader(ref writer, VectorForm);
        writer.WriteNumber(sum.Length);
        writer.WriteGroups((ulong)sum.TotalWeight);
        for (int i = 0; i < blocks; i++)
        {
            (int start, int count) = Block(i, sum.Length);
            forms[i].Write(low.Slice(start, count), high.Slice(start, count), ref writer);
        }

        writer.WriteNumber(others.Count);
        next = 0;
        foreach ((int index, BigInteger value) in others)
        {
            writer.WriteNumber(index - next);
            writer.WriteNumber(value.GetByteCount());
            writer.WriteBytes(value.ToByteArray());
            next = index + 1;
        }

        return encoded;
    }

    /// <summary>The sum of vectors that these bytes are.</summary>
    /// <param name="bytes">All bytes of the sum and no more.</param>
    /// <param name="length">Number of coordinates that the sum must have: memory is given to no other.</param>
    /// <exception cref="PayloadException">The bytes are not such a sum.</exception>
    public static ExactSum DecodeVector(ReadOnlySpan<byte> bytes, int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        var reader = new PartReader(bytes, 0);
        long weight = ReadVectorHead(ref reader, length);
        var sums = new FixedSums(length);
        for (int start = 0; start < length; start += PlaneBlock.Size)
        {
            int count = Math.Min(PlaneBlock.Size, length - start);
            ReadBlock(ref reader, sums.Low.AsSpan(start, count), sums.High.AsSpan(start, count), weight);
        }

        BigInteger largest = LargestUnits(weight);
        int next = 0;
        for (int others = ReadOtherCount(ref reader, length); others > 0; others--)
        {
            int offset = reader.Offset;
            (int index, BigInteger value) = ReadOther(ref reader, next, length, largest);
            if (sums.Low[index] != 0 || sums.High[index] != 0)
                throw NotShortest(offset, index);
            sums.Spill(index, value);
            next = index + 1;
        }

        reader.RequireEnd("sum");
        return new ExactSum(sums, weight);
    }

    /// <summary>The bytes of a sum of scalars.</summary>
    public static byte[] Encode(ExactScalarSum sum)
    {
        byte[] units = sum.Sum.IsZero ? [] : sum.Sum.ToByteArray();
        int zeros = Math.Max(0, units.AsSpan().IndexOfAnyExcept((byte)0));
        ReadOnlySpan<byte> rest = units.AsSpan(zeros);
        byte[] encoded = new byte[HeaderBytes + PartWriter.GroupBytes((ulong)sum.TotalWeight) + PartWriter.NumberBytes(zeros) + PartWriter.NumberBytes(rest.Length) + rest.Length];
        var writer = new PartWriter(encoded);
        WriteHeader(ref writer, ScalarForm);
        writer.WriteGroups((ulong)sum.TotalWeight);
        writer.WriteNumber(zeros);
        writer.WriteNumber(rest.Length);
        writer.WriteBytes(rest);
        return encoded;
    }

    /// <summary>The sum of scalars that these bytes are.</summary>
    /// <param name="bytes">All bytes of the sum and no more.</param>
    /// <exception cref="PayloadException">The bytes are not such a sum.</exception>
    public static ExactScalarSum DecodeScalar(ReadOnlySpan<byte> bytes)
    {
        var reader = new PartReader(bytes, 0);
        ReadHeader(ref reader, ScalarForm);
        long weight = ReadWeight(ref reader);
        BigInteger largest = LargestDouble * weight;
        int start = reader.Offset;
        int zeros = reader.ReadNumber(largest.GetByteCount(), "number of zero bytes of a sum");
        int length = reader.ReadNumber(largest.GetByteCount() - zeros, "length of a sum");
        ReadOnlySpan<byte> rest = reader.Take(length);
        BigInteger value = new BigInteger(rest);
        if (length == 0 ? zeros != 0 : rest[0] == 0 || value.GetByteCount() != length)
            throw new PayloadException(PayloadError.OutOfRange, start, "A sum is not in its shortest form.");
        value <<= 8 * zeros;
        RequireReachable(value, largest, start);
        reader.RequireEnd("sum");
        return new ExactScalarSum(value, weight);
    }

    /// <summary>
    /// The most bytes that a sum of vectors of this length and total weight takes: 16 for every coordinate, and when each is too large or too fine for a 128-bit integer, its sum in units of 2^-149 as well,
    /// with a byte or two for its length and as many for its place as the mean distance needs.
    /// </summary>
    public static long LargestVectorBytes(int length, long totalWeight)
    {
        long other = LargestNumberBytes + 2 + (LargestSingle * totalWeight).GetByteCount();
        return HeaderBytes + (2 * LargestNumberBytes) + LargestWeightBytes + ((long)BlockCount(length) * PlaneBlock.HeaderBytes) + (length * (16 + other));
    }

    /// <summary>The most bytes that a sum of scalars of this total weight takes.</summary>
    public static long LargestScalarBytes(long totalWeight) => HeaderBytes + LargestWeightBytes + (2 * LargestNumberBytes) + (LargestDouble * totalWeight).GetByteCount();

    /// <summary>Σ weight · |value| at most, in units of 2^-149.</summary>
    internal static BigInteger LargestUnits(long weight) => LargestSingle * weight;

    /// <summary>What stands before the blocks of a vector: returns the total weight, and has checked that there are bytes for the blocks.</summary>
    internal static long ReadVectorHead(ref PartReader reader, int length)
    {
        ReadHeader(ref reader, VectorForm);
        int start = reader.Offset;
        int coordinates = reader.ReadNumber(int.MaxValue, "number of coordinates of a sum");
        if (coordinates != length)
            throw new PayloadException(PayloadError.LengthMismatch, start, $"The sum has {coordinates} coordinates where {length} are expected.");
        long weight = ReadWeight(ref reader);
        int blocks = BlockCount(length);
        if (blocks > reader.Remaining / PlaneBlock.HeaderBytes)
            throw new PayloadException(PayloadError.Truncated, reader.Offset, $"{blocks} blocks of a sum do not fit into {reader.Remaining} bytes.");
        return weight;
    }

    /// <summary>Reads a block into integers that are zero.</summary>
    internal static void ReadBlock(ref PartReader reader, scoped Span<long> low, scoped Span<long> high, long weight)
    {
        int offset = reader.Offset;
        PlaneBlock.Read(ref reader, low, high);
        if (weight == 0 && (low.ContainsAnyExcept(0L) || high.ContainsAnyExcept(0L)))
            throw new PayloadException(PayloadError.OutOfRange, offset, "A sum of nothing is not zero.");
    }

    /// <summary>How many sums of a vector are no 128-bit integers.</summary>
    internal static int ReadOtherCount(ref PartReader reader, int length) => reader.ReadNumber(length, "number of coordinates with large or fine sums");

    /// <summary>The next of the sums that are no 128-bit integers; whoever reads it checks that its block says zero.</summary>
    internal static (int Index, BigInteger Value) ReadOther(ref PartReader reader, int next, int length, BigInteger largest)
    {
        int start = reader.Offset;
        int index = next + reader.ReadNumber(length - 1 - next, "distance to the next coordinate");
        int bytes = reader.ReadNumber(largest.GetByteCount(), "length of a sum");
        var value = new BigInteger(reader.Take(bytes));
        if (value.IsZero || value.GetByteCount() != bytes || TryFit(value, out _, out _))
            throw NotShortest(start, index);
        RequireReachable(value, largest, start);
        return (index, value);
    }

    internal static PayloadException NotShortest(int offset, int index) =>
        new(PayloadError.OutOfRange, offset, $"The sum at coordinate {index} is not in its shortest form.");

    /// <summary>The 128-bit integers, and the sums that are none, in units of 2^-149: what is spilled may fit by now, or take the 128-bit integer with it.</summary>
    private static void Normalize(FixedSums sums, out ReadOnlySpan<long> low, out ReadOnlySpan<long> high, out SortedDictionary<int, BigInteger> others)
    {
        others = [];
        low = sums.Low;
        high = sums.High;
        if (sums.Spilled.Count == 0)
            return;
        long[] lows = [.. sums.Low];
        long[] highs = [.. sums.High];
        foreach (int index in sums.Spilled.Keys)
        {
            BigInteger total = sums.Total(index);
            if (!TryFit(total, out lows[index], out highs[index]))
                others.Add(index, total);
        }

        low = lows;
        high = highs;
    }

    /// <summary>Units of 2^-149 as a 128-bit integer of units of 2^-80; zero when it is none.</summary>
    private static bool TryFit(BigInteger total, out long low, out long high)
    {
        BigInteger coarse = total >> UnitShift;
        bool fits = coarse << UnitShift == total && coarse >= Int128.MinValue && coarse <= Int128.MaxValue;
        Int128 integer = fits ? (Int128)coarse : 0;
        low = (long)(ulong)integer;
        high = (long)(integer >> 64);
        return fits;
    }

    private static void RequireReachable(BigInteger value, BigInteger largest, int offset)
    {
        if (BigInteger.Abs(value) > largest)
            throw new PayloadException(PayloadError.Unreachable, offset, "A sum is larger than the largest numbers of its total weight give.");
    }

    private static int BlockCount(int length) => (int)(((long)length + PlaneBlock.Size - 1) / PlaneBlock.Size);

    private static (int Start, int Count) Block(int block, int length)
    {
        int start = block * PlaneBlock.Size;
        return (start, Math.Min(PlaneBlock.Size, length - start));
    }

    internal static void WriteHeader(ref PartWriter writer, byte form)
    {
        writer.WriteByte((byte)'F');
        writer.WriteByte((byte)'S');
        writer.WriteByte(Version);
        writer.WriteByte(form);
    }

    internal static void ReadHeader(ref PartReader reader, byte form)
    {
        if (reader.ReadByte() != 'F' || reader.ReadByte() != 'S')
            throw new PayloadException(PayloadError.NotAPayload, 0, "A sum starts with 'FS'; these bytes come from elsewhere.");
        byte version = reader.ReadByte();
        if (version != Version)
            throw new PayloadException(PayloadError.UnsupportedVersion, 2, $"The sum has version {version}, this program reads version {Version}; use the same release at both ends.");
        byte found = reader.ReadByte();
        if (found != form)
            throw new PayloadException(PayloadError.UnknownKind, 3, $"The sum has form {found}, {form} is expected.");
    }

    private static long ReadWeight(ref PartReader reader)
    {
        int start = reader.Offset;
        ulong weight = reader.ReadGroups();
        return weight <= long.MaxValue
            ? (long)weight
            : throw new PayloadException(PayloadError.OutOfRange, start, $"The weights are {weight} together; 2^63 − 1 is the most.");
    }
}
