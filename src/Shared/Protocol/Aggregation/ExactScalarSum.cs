using System.Buffers.Binary;
using System.Numerics;

namespace Federated.Protocol.Aggregation;

/// <summary>
/// The exact sum of weighted doubles, for losses and counts: an integer in units of 2^-1074 (the smallest double) that is wide enough for any weights. Independent of order and grouping;
/// adding allocates nothing. Not safe for use by several threads at once.
/// </summary>
public sealed class ExactScalarSum
{
    private const int FractionBits = 1074;

    /// <summary>The largest double takes 2098 bits in these units, weights up to 2^63 take 63 more, and one is for the sign: 2162 bits in words of 64.</summary>
    private const int Words = 34;

    // Two's complement, the lowest word first.
    private readonly ulong[] words = new ulong[Words];

    /// <summary>A sum of nothing.</summary>
    public ExactScalarSum()
    {
    }

    /// <summary>A sum that was formed elsewhere; it is one that <paramref name="totalWeight"/> can have.</summary>
    internal ExactScalarSum(BigInteger sum, long totalWeight)
    {
        Span<byte> bytes = stackalloc byte[Words * sizeof(ulong)];
        bytes.Fill(sum.Sign < 0 ? byte.MaxValue : (byte)0);
        sum.TryWriteBytes(bytes, out _);
        for (int i = 0; i < Words; i++)
            words[i] = BinaryPrimitives.ReadUInt64LittleEndian(bytes[(i * sizeof(ulong))..]);
        TotalWeight = totalWeight;
    }

    /// <summary>Sum of the weights of all contributions.</summary>
    public long TotalWeight { get; private set; }

    /// <summary>Whether the sum is less than zero.</summary>
    public bool IsNegative => (long)words[^1] < 0;

    /// <summary>The sum in units of 2^-1074.</summary>
    internal BigInteger Sum
    {
        get
        {
            Span<byte> bytes = stackalloc byte[Words * sizeof(ulong)];
            for (int i = 0; i < Words; i++)
                BinaryPrimitives.WriteUInt64LittleEndian(bytes[(i * sizeof(ulong))..], words[i]);
            return new BigInteger(bytes);
        }
    }

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
        ulong mantissa = (ulong)bits & ((1UL << 52) - 1);
        if (exponent != 0)
            mantissa |= 1UL << 52;
        ulong high = Math.BigMul(mantissa, (ulong)weight, out ulong low);
        AddShifted(low, high, Math.Max(exponent, 1) - 1, bits < 0);
        TotalWeight += weight;
    }

    /// <summary>Adds another sum, which stays as it is.</summary>
    /// <exception cref="ArgumentException">The weights together pass 2^63 − 1.</exception>
    public void Merge(ExactScalarSum other)
    {
        if (other.TotalWeight > long.MaxValue - TotalWeight)
            throw new ArgumentException("The weights together pass 2^63 − 1.", nameof(other));
        ulong carry = 0;
        for (int i = 0; i < Words; i++)
        {
            UInt128 sum = (UInt128)words[i] + other.words[i] + carry;
            words[i] = (ulong)sum;
            carry = (ulong)(sum >> 64);
        }

        TotalWeight += other.TotalWeight;
    }

    /// <summary>The weighted mean, rounded once to the nearest double, ties to even.</summary>
    /// <exception cref="InvalidOperationException">Nothing was added.</exception>
    public double Mean() => TotalWeight > 0
        ? Over((ulong)TotalWeight)
        : throw new InvalidOperationException("The mean of nothing is asked for; add a contribution first.");

    /// <summary>The sum over a number, rounded once to the nearest double, ties to even: for sums whose terms count more, or less, than their weights say.</summary>
    /// <param name="divisor">1 or more, and large enough that the quotient is within the range of a double.</param>
    public double Over(ulong divisor)
    {
        ArgumentOutOfRangeException.ThrowIfZero(divisor);
        return ExactRounding.Quotient(Sum, divisor, FractionBits, ExactRounding.Double);
    }

    /// <summary>Adds or takes away 128 bits, shifted to the left by 0…2045.</summary>
    private void AddShifted(ulong low, ulong high, int shift, bool negative)
    {
        int word = shift / 64;
        int bits = shift % 64;
        // Shifts by 64 are none, hence in two steps.
        ReadOnlySpan<ulong> addend = [low << bits, (high << bits) | (low >> 1 >> (63 - bits)), high >> 1 >> (63 - bits)];
        ulong carry = 0;
        for (int i = word; i < Words && (i < word + addend.Length || carry != 0); i++)
        {
            ulong term = i - word < addend.Length ? addend[i - word] : 0;
            ulong before = words[i];
            if (negative)
            {
                words[i] = before - term - carry;
                carry = before < term || (before == term && carry != 0) ? 1UL : 0;
            }
            else
            {
                words[i] = before + term + carry;
                carry = words[i] < before || (words[i] == before && (carry & (term == ulong.MaxValue ? 1UL : 0)) != 0) ? 1UL : 0;
            }
        }
    }
}
