using System.Numerics;
using System.Runtime.CompilerServices;

namespace Federated.Protocol.Aggregation;

/// <summary>
/// One exact number per coordinate: a 128-bit integer in units of 2^-80 and, for the coordinates that need one, an integer without bounds in units of 2^-149 (the smallest float32).
/// The number is the sum of both. Different coordinates may be added to by different threads.
/// </summary>
internal sealed class FixedSums
{
    /// <summary>A unit of the 128-bit integers is 2^-80.</summary>
    public const int FractionBits = 80;

    /// <summary>A unit of the unbounded integers is 2^-149.</summary>
    public const int SpillFractionBits = 149;

    /// <summary>The arrays are as long as the next multiple of this, so that vector kernels need no rest.</summary>
    public const int Granularity = 16;

    /// <summary>A float32 is mantissa × 2^(exponent field − 150) for a field of 1…254.</summary>
    private const int ExponentBias = 150;

    /// <summary>The product of mantissa (24 bits) and weight (31 bits) may be shifted left by this much and still fit 127 bits.</summary>
    private const int MaximumShift = 127 - 24 - 31;

    private readonly Dictionary<int, BigInteger> spilled = [];

    /// <summary>Zeros.</summary>
    public FixedSums(int length)
    {
        Length = length;
        int padded = checked((length + Granularity - 1) / Granularity * Granularity);
        Low = new long[padded];
        High = new long[padded];
    }

    /// <summary>Number of coordinates.</summary>
    public int Length { get; }

    /// <summary>The lower 64 bits of the 128-bit integers.</summary>
    public long[] Low { get; }

    /// <summary>The upper 64 bits, with the sign.</summary>
    public long[] High { get; }

    /// <summary>The unbounded integers that are not zero. No thread may add meanwhile.</summary>
    public IReadOnlyDictionary<int, BigInteger> Spilled => spilled;

    /// <summary>Adds weight × the float32 with these bits.</summary>
    public void AddValue(int index, int bits, long weight)
    {
        int exponent = bits >> 23 & 0xFF;
        int shift = exponent - (ExponentBias - FractionBits);
        if ((uint)shift > MaximumShift)
        {
            AddUncommon(index, bits, weight);
            return;
        }

        // The field is at least 70 here, so the value is normal and has its hidden bit.
        long product = ((bits & 0x7FFFFF) | 0x800000) * weight;
        product = bits < 0 ? -product : product;
        if (shift < 64)
            AddUnits(index, product << shift, product >> 1 >> (63 - shift));
        else
            AddUnits(index, 0, product << (shift - 64));
    }

    /// <summary>Adds a 128-bit integer.</summary>
    public void AddUnits(int index, long low, long high)
    {
        long newLow = Low[index] + low;
        long newHigh = High[index] + high + ((ulong)newLow < (ulong)low ? 1 : 0);
        if (((High[index] ^ newHigh) & (high ^ newHigh)) < 0)
        {
            Spill(index, (((BigInteger)high << 64) + (ulong)low) << (SpillFractionBits - FractionBits));
            return;
        }

        Low[index] = newLow;
        High[index] = newHigh;
    }

    /// <summary>Adds units of 2^-149.</summary>
    public void Spill(int index, BigInteger value)
    {
        // Additions of exact integers commute, so it does not matter which thread comes first.
        lock (spilled)
        {
            BigInteger sum = spilled.GetValueOrDefault(index) + value;
            if (sum.IsZero)
                spilled.Remove(index);
            else
                spilled[index] = sum;
        }
    }

    /// <summary>Adds the number at a coordinate of other sums.</summary>
    public void AddFrom(FixedSums other, int from, int index)
    {
        AddUnits(index, other.Low[from], other.High[from]);
        if (other.spilled.TryGetValue(from, out BigInteger rest))
            Spill(index, rest);
    }

    /// <summary>Whether the number at a coordinate is less than zero.</summary>
    public bool IsNegative(int index) => spilled.Count > 0 && spilled.ContainsKey(index) ? Total(index).Sign < 0 : High[index] < 0;

    /// <summary>The number at a coordinate, in units of 2^-149.</summary>
    public BigInteger Total(int index)
    {
        BigInteger total = (((BigInteger)High[index] << 64) + (ulong)Low[index]) << (SpillFractionBits - FractionBits);
        return spilled.TryGetValue(index, out BigInteger rest) ? total + rest : total;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void AddUncommon(int index, int bits, long weight)
    {
        int exponent = bits >> 23 & 0xFF;
        long mantissa = exponent == 0 ? bits & 0x7FFFFF : (bits & 0x7FFFFF) | 0x800000;
        if (mantissa == 0)
            return;
        // Subnormals have the unit of the field 1.
        int unit = Math.Max(exponent, 1) - ExponentBias;
        Spill(index, (BigInteger)((bits < 0 ? -mantissa : mantissa) * weight) << (unit + SpillFractionBits));
    }
}
