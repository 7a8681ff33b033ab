using System.Numerics;

namespace Federated.Protocol.Aggregation;

/// <summary>Quotients of exact sums, rounded once to a binary floating-point format, to nearest with ties to even. Integers only until the last step, which is exact.</summary>
internal static class ExactRounding
{
    /// <summary>IEEE 754 binary32.</summary>
    public static readonly Format Single = new(24, -149);

    /// <summary>IEEE 754 binary64.</summary>
    public static readonly Format Double = new(53, -1074);

    /// <summary>A floating-point format.</summary>
    /// <param name="Precision">Bits of the significand.</param>
    /// <param name="LowestExponent">The smallest positive number is 2 to this power.</param>
    public readonly record struct Format(int Precision, int LowestExponent);

    /// <summary>numerator / (divisor · 2^fractionBits), rounded to <paramref name="format"/>; the result must be inside its range.</summary>
    public static double Quotient(BigInteger numerator, ulong divisor, int fractionBits, Format format)
    {
        BigInteger magnitude = BigInteger.Abs(numerator);
        if (magnitude.IsZero)
            return 0;
        // A quotient of 62…64 bits: more than any significand, and it fits a word.
        int shift = 63 + (int)(64 - ulong.LeadingZeroCount(divisor)) - (int)magnitude.GetBitLength();
        BigInteger scaled = shift >= 0 ? magnitude << shift : magnitude >> -shift;
        bool inexact = shift < 0 && scaled << -shift != magnitude;
        BigInteger quotient = BigInteger.DivRem(scaled, divisor, out BigInteger remainder);
        double result = Round((ulong)quotient, inexact || !remainder.IsZero, -shift - fractionBits, format);
        return numerator.Sign < 0 ? -result : result;
    }

    /// <summary>The same for a 128-bit numerator and a float32 result; divisors under 2^38 take one division of 64 bits.</summary>
    public static float Quotient(ulong low, long high, ulong divisor, int fractionBits)
    {
        bool negative = high < 0;
        if (negative)
        {
            high = ~high + (low == 0 ? 1 : 0);
            low = 0 - low;
        }

        // −2^127 has the magnitude 2^127, which the unsigned reading of the two words holds.
        ulong top = (ulong)high;
        if ((top | low) == 0)
            return 0;
        if (divisor >> 38 != 0)
        {
            double general = Quotient(((BigInteger)top << 64) + low, divisor, fractionBits, Single);
            return (float)(negative ? -general : general);
        }

        // The leading 64 bits; what is cut off below them only decides ties.
        int zeros = top != 0 ? BitOperations.LeadingZeroCount(top) : 64 + BitOperations.LeadingZeroCount(low);
        ulong leading = zeros == 0 ? top : zeros < 64 ? (top << zeros) | (low >> (64 - zeros)) : low << (zeros - 64);
        bool inexact = zeros < 64 && low << zeros != 0;
        (ulong quotient, ulong remainder) = Math.DivRem(leading, divisor);
        double result = Round(quotient, inexact || remainder != 0, 64 - zeros - fractionBits, Single);
        return (float)(negative ? -result : result);
    }

    /// <summary>(value + something in (0, 1) when inexact) · 2^exponent, rounded; the value has at least one bit more than the significand, or is exact.</summary>
    private static double Round(ulong value, bool inexact, int exponent, Format format)
    {
        int bits = 64 - BitOperations.LeadingZeroCount(value);
        int drop = Math.Max(bits - format.Precision, format.LowestExponent - exponent);
        if (drop > 0)
        {
            if (drop > 64)
                return 0;
            ulong kept = drop == 64 ? 0 : value >> drop;
            ulong half = 1UL << (drop - 1);
            ulong cut = drop == 64 ? value : value & ((1UL << drop) - 1);
            if (cut > half || (cut == half && (inexact || (kept & 1) != 0)))
                kept++;
            value = kept;
            exponent += drop;
        }

        // Both factors and the product are exact: the value has at most the format's precision and the exponent is not under its lowest.
        // The power is split in two, because 2^exponent alone may be outside the range of normal doubles.
        int first = exponent / 2;
        return value * PowerOfTwo(first) * PowerOfTwo(exponent - first);
    }

    private static double PowerOfTwo(int exponent) => BitConverter.Int64BitsToDouble((long)(exponent + 1023) << 52);
}
