using System.Numerics;

namespace Federated.Protocol.Aggregation;

/// <summary>
/// The exact sum of weighted doubles, for losses and counts: an integer without bounds in units of 2^-1074 (the smallest double). Independent of order and grouping.
/// Not safe for use by several threads at once.
/// </summary>
public sealed class ExactScalarSum
{
    private const int FractionBits = 1074;
    private BigInteger sum;

    /// <summary>A sum of nothing.</summary>
    public ExactScalarSum()
    {
    }

    /// <summary>A sum that was formed elsewhere.</summary>
    internal ExactScalarSum(BigInteger sum, long totalWeight)
    {
        this.sum = sum;
        TotalWeight = totalWeight;
    }

    /// <summary>Sum of the weights of all contributions.</summary>
    public long TotalWeight { get; private set; }

    /// <summary>The sum in units of 2^-1074.</summary>
    internal BigInteger Sum => sum;

    /// <summary>Adds weight × value.</summary>
    /// <param name="value">Any finite number.</param>
    /// <param name="weight">1 or more.</param>
    /// <param name="client">The client to name in an error.</param>
    /// <exception cref="NonFiniteContributionException">The value is NaN or infinite.</exception>
    /// <exception cref="ArgumentException">The weight is not positive, or the weights together pass 2^63 − 1.</exception>
    public void Add(double value, long weight, int client = -1)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(weight);
        if (weight > long.MaxValue - TotalWeight)
            throw new ArgumentException("The weights together pass 2^63 − 1.", nameof(weight));
        if (!double.IsFinite(value))
            throw new NonFiniteContributionException(client, 0, value);
        long bits = BitConverter.DoubleToInt64Bits(value);
        int exponent = (int)(bits >> 52 & 0x7FF);
        long mantissa = bits & ((1L << 52) - 1);
        if (exponent != 0)
            mantissa |= 1L << 52;
        sum += ((BigInteger)(bits < 0 ? -mantissa : mantissa) * weight) << (Math.Max(exponent, 1) - 1);
        TotalWeight += weight;
    }

    /// <summary>Adds another sum, which stays as it is.</summary>
    /// <exception cref="ArgumentException">The weights together pass 2^63 − 1.</exception>
    public void Merge(ExactScalarSum other)
    {
        if (other.TotalWeight > long.MaxValue - TotalWeight)
            throw new ArgumentException("The weights together pass 2^63 − 1.", nameof(other));
        sum += other.sum;
        TotalWeight += other.TotalWeight;
    }

    /// <summary>The weighted mean, rounded once to the nearest double, ties to even.</summary>
    /// <exception cref="InvalidOperationException">Nothing was added.</exception>
    public double Mean() => TotalWeight > 0
        ? ExactRounding.Quotient(sum, (ulong)TotalWeight, FractionBits, ExactRounding.Double)
        : throw new InvalidOperationException("The mean of nothing is asked for; add a contribution first.");
}
