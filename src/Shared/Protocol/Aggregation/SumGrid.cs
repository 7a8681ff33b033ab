using System.Numerics;

namespace Federated.Protocol.Aggregation;

/// <summary>
/// The two grids that a group of weighted values is added on, exactly, in doubles.
/// <para>
/// The coarse accumulator starts at 3·2^51 coarse units, so that its unit in the last place is the coarse unit u and stays so while the sum is under 2^51 u: adding weight × value rounds
/// the product to a multiple of u. What the rounding left is at most u/2 and goes to the fine accumulator, which starts at 3·2^51 fine units v. All is exact when (1) every value is a multiple
/// of v, so every product is; (2) a remainder, at most u/2, has at most 52 bits above v, so that the fused multiply-add that computes it does not round, and N of them stay under 2^51 v;
/// (3) Σ weight · |value| + N u/2 stays under 2^51 u. With v = 2^-q and u = 2^(k−q): N 2^(k−1) &lt; 2^51 holds for k = 52 − ⌈log2(N + 1)⌉, and values under 2^12 of weights that sum to W
/// satisfy (3) for q ≤ 50 + k − 12 − ⌈log2 W⌉. A float of magnitude 2^(23−q) or more is a multiple of 2^-q. What is smaller (and not zero) or larger goes elsewhere.
/// </para>
/// </summary>
internal readonly struct SumGrid
{
    /// <summary>Bits of the positive infinity; those of NaN, without the sign, are above.</summary>
    public const uint Infinity = 0x7F800000;

    /// <summary>Values of magnitude under 2 to this power are added on the grid.</summary>
    private const int LimitExponent = 12;

    /// <summary>Groups end before the fine unit would be coarser than 2^-63, so that values down to 2^-40 stay on the grid.</summary>
    private const int LeastFineBits = 63;

    private const int SingleMantissaBits = 23;
    private const int SingleBias = 127;

    /// <summary>The grid for a number of contributions.</summary>
    /// <param name="count">At most so many contributions.</param>
    /// <param name="weight">Their magnitudes of weights together, at most this; up to 2^31 for one contribution.</param>
    public SumGrid(int count, long weight)
    {
        Between = 52 - CeilingLog2((ulong)count + 1);
        FineBits = Math.Min(FixedSums.FractionBits, 50 + Between - LimitExponent - CeilingLog2((ulong)weight));
    }

    /// <summary>k: a coarse unit is 2^k fine units.</summary>
    public int Between { get; }

    /// <summary>q: a fine unit is 2^-q.</summary>
    public int FineBits { get; }

    /// <summary>The coarse accumulator at zero.</summary>
    public double CoarseZero => Math.ScaleB(1.5, 52 + Between - FineBits);

    /// <summary>The fine accumulator at zero.</summary>
    public double FineZero => Math.ScaleB(1.5, 52 - FineBits);

    /// <summary>Bits of the smallest positive float that is on the grid whatever its mantissa.</summary>
    public uint Smallest => (uint)(SingleBias + SingleMantissaBits - FineBits) << SingleMantissaBits;

    /// <summary>Bits of the smallest positive float that is too large.</summary>
    public static uint Limit => (uint)(SingleBias + LimitExponent) << SingleMantissaBits;

    /// <summary>How many of the vectors, from the first on, are added on one grid: 1…<paramref name="most"/>.</summary>
    public static int GroupOf(ReadOnlySpan<WeightedVector> vectors, int most, out SumGrid grid)
    {
        int count = Math.Min(vectors.Length, most);
        long weight = 0;
        foreach (WeightedVector vector in vectors[..count])
            weight += Math.Abs(vector.Weight);
        grid = new SumGrid(count, weight);
        for (; count > 1 && grid.FineBits < LeastFineBits; grid = new SumGrid(count, weight))
            weight -= Math.Abs(vectors[--count].Weight);
        return count;
    }

    /// <summary>Whether a float with these bits, the sign left out, is zero or on the grid.</summary>
    public bool Holds(uint bits) => bits == 0 || (bits >= Smallest && bits < Limit);

    private static int CeilingLog2(ulong value) => value <= 1 ? 0 : 64 - BitOperations.LeadingZeroCount(value - 1);
}
