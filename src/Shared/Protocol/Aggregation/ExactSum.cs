using System.Numerics;
using System.Runtime.CompilerServices;

namespace Federated.Protocol.Aggregation;

/// <summary>
/// The exact sum of weighted float32 vectors: no order, grouping or retry of the contributions changes a bit of it, and partial sums may be formed anywhere and merged.
/// Every coordinate is a 128-bit integer in units of 2^-80, which holds |sum| under 2^47 and, without remainder, every float32 that is a multiple of 2^-80 (all of magnitude 2^-57 or more).
/// Contributions outside that go, still exact, to an integer without bounds in units of 2^-149 (the smallest float32), kept for the coordinates that need one.
/// Memory: 16 bytes per coordinate. Not safe for use by several threads at once.
/// </summary>
public sealed class ExactSum
{
    /// <summary>A unit of the 128-bit integers is 2^-80.</summary>
    private const int FractionBits = 80;

    /// <summary>A unit of the unbounded integers is 2^-149.</summary>
    private const int SpillFractionBits = 149;

    /// <summary>A float32 is mantissa × 2^(exponent field − 150) for a field of 1…254.</summary>
    private const int ExponentBias = 150;

    /// <summary>The product of mantissa (24 bits) and weight (31 bits) may be shifted left by this much and still fit 127 bits.</summary>
    private const int MaximumShift = 127 - 24 - 31;

    private readonly Fixed128[] sums;
    private readonly Dictionary<int, BigInteger> spilled = [];

    /// <summary>A sum of nothing, of <paramref name="length"/> coordinates.</summary>
    public ExactSum(int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        sums = new Fixed128[length];
    }

    /// <summary>Number of coordinates.</summary>
    public int Length => sums.Length;

    /// <summary>Sum of the weights of all contributions.</summary>
    public long TotalWeight { get; private set; }

    /// <summary>Coordinates that needed more than 128 bits; each costs an allocation per such contribution.</summary>
    public int SpilledCoordinates => spilled.Count;

    /// <summary>The largest weight of one contribution, 2^31 − 1.</summary>
    public static long MaximumWeight => int.MaxValue;

    /// <summary>Adds weight × values. When it throws, the sum is as it was before.</summary>
    /// <param name="values">One value per coordinate.</param>
    /// <param name="weight">1…<see cref="MaximumWeight"/>, for instance the client's number of samples.</param>
    /// <param name="client">The client to name in an error.</param>
    /// <exception cref="NonFiniteContributionException">A value is NaN or infinite.</exception>
    /// <exception cref="ArgumentException">The number of values or the weight does not fit.</exception>
    public void Add(ReadOnlySpan<float> values, long weight, int client = -1)
    {
        if (values.Length != sums.Length)
            throw new ArgumentException($"The sum has {sums.Length} coordinates, the contribution {values.Length}.", nameof(values));
        long total = CheckWeight(weight);
        RequireFinite(values, default, client);
        for (int i = 0; i < values.Length; i++)
            AddOne(i, BitConverter.SingleToInt32Bits(values[i]), weight);
        TotalWeight = total;
    }

    /// <summary>Adds weight × values at some coordinates and nothing at the others; the weight counts for all of them.</summary>
    /// <param name="indices">Coordinates, each at most once.</param>
    /// <param name="values">One value per index.</param>
    /// <param name="weight">1…<see cref="MaximumWeight"/>.</param>
    /// <param name="client">The client to name in an error.</param>
    /// <exception cref="NonFiniteContributionException">A value is NaN or infinite.</exception>
    /// <exception cref="ArgumentException">The number of values, an index or the weight does not fit.</exception>
    public void AddAt(ReadOnlySpan<int> indices, ReadOnlySpan<float> values, long weight, int client = -1)
    {
        if (values.Length != indices.Length)
            throw new ArgumentException($"{indices.Length} indices have {values.Length} values.", nameof(values));
        long total = CheckWeight(weight);
        foreach (int index in indices)
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)sums.Length, nameof(indices));
        RequireFinite(values, indices, client);
        for (int i = 0; i < values.Length; i++)
            AddOne(indices[i], BitConverter.SingleToInt32Bits(values[i]), weight);
        TotalWeight = total;
    }

    /// <summary>Adds another sum, which stays as it is.</summary>
    /// <exception cref="ArgumentException">The lengths differ, or the weights together pass 2^63 − 1.</exception>
    public void Merge(ExactSum other)
    {
        if (other.sums.Length != sums.Length)
            throw new ArgumentException($"The sums have {sums.Length} and {other.sums.Length} coordinates.", nameof(other));
        if (other.TotalWeight > long.MaxValue - TotalWeight)
            throw new ArgumentException("The weights together pass 2^63 − 1.", nameof(other));
        for (int i = 0; i < sums.Length; i++)
            AddFixed(i, other.sums[i].Low, other.sums[i].High);
        // The order does not matter: every coordinate has one entry and integers are added.
        foreach ((int index, BigInteger value) in other.spilled.ToArray())
            Spill(index, value);
        TotalWeight += other.TotalWeight;
    }

    /// <summary>The weighted mean: every coordinate is the exact sum over the total weight, rounded once to the nearest float32, ties to even. A zero is positive.</summary>
    /// <exception cref="InvalidOperationException">Nothing was added.</exception>
    public float[] Mean()
    {
        float[] mean = new float[sums.Length];
        ulong divisor = RequireWeight();
        for (int i = 0; i < mean.Length; i++)
        {
            mean[i] = spilled.ContainsKey(i)
                ? (float)ExactRounding.Quotient(Total(i), divisor, SpillFractionBits, ExactRounding.Single)
                : ExactRounding.Quotient(sums[i].Low, sums[i].High, divisor, FractionBits);
        }

        return mean;
    }

    /// <summary>The weighted mean, rounded once to the nearest double, ties to even.</summary>
    /// <exception cref="InvalidOperationException">Nothing was added.</exception>
    public double[] MeanDouble()
    {
        double[] mean = new double[sums.Length];
        ulong divisor = RequireWeight();
        for (int i = 0; i < mean.Length; i++)
            mean[i] = ExactRounding.Quotient(Total(i), divisor, SpillFractionBits, ExactRounding.Double);
        return mean;
    }

    /// <summary>The exact sum at a coordinate, in units of 2^-149.</summary>
    internal BigInteger Total(int index)
    {
        BigInteger total = (((BigInteger)sums[index].High << 64) + sums[index].Low) << (SpillFractionBits - FractionBits);
        return spilled.TryGetValue(index, out BigInteger rest) ? total + rest : total;
    }

    private static void RequireFinite(ReadOnlySpan<float> values, ReadOnlySpan<int> indices, int client)
    {
        for (int i = 0; i < values.Length; i++)
        {
            if (!float.IsFinite(values[i]))
                throw new NonFiniteContributionException(client, indices.IsEmpty ? i : indices[i], values[i]);
        }
    }

    private long CheckWeight(long weight)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(weight);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(weight, MaximumWeight);
        if (weight > long.MaxValue - TotalWeight)
            throw new ArgumentException("The weights together pass 2^63 − 1.", nameof(weight));
        return TotalWeight + weight;
    }

    private ulong RequireWeight() =>
        TotalWeight > 0 ? (ulong)TotalWeight : throw new InvalidOperationException("The mean of nothing is asked for; add a contribution first.");

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void AddOne(int index, int bits, long weight)
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
        ulong low;
        long high;
        if (shift < 64)
        {
            low = (ulong)product << shift;
            high = product >> 1 >> (63 - shift);
        }
        else
        {
            low = 0;
            high = product << (shift - 64);
        }

        AddFixed(index, low, high);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void AddFixed(int index, ulong low, long high)
    {
        ref Fixed128 sum = ref sums[index];
        ulong newLow = sum.Low + low;
        long newHigh = sum.High + high + (newLow < low ? 1 : 0);
        if (((sum.High ^ newHigh) & (high ^ newHigh)) < 0)
        {
            Spill(index, (((BigInteger)high << 64) + low) << (SpillFractionBits - FractionBits));
            return;
        }

        sum.Low = newLow;
        sum.High = newHigh;
    }

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

    private void Spill(int index, BigInteger value) => spilled[index] = spilled.GetValueOrDefault(index) + value;

    /// <summary>A signed 128-bit integer: high · 2^64 + low.</summary>
    private struct Fixed128
    {
        public ulong Low;
        public long High;
    }
}
