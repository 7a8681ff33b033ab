namespace Federated.Engine.Numerics;

/// <summary>
/// Elementary functions made of IEEE 754 additions, multiplications, divisions and fused multiply-adds only, so that they give the same bits
/// on every machine. The C runtime's versions differ in the last bit between platforms. Errors are within 2 units in the last place
/// for exp, log, sin, cos (arguments of sin and cos up to 10⁵), within 4 for tanh, and |y·ln x| units for pow.
/// </summary>
public static class DeterministicMath
{
    private const double Log2E = 1.4426950408889634;
    private const double Ln2High = 6.93147180369123816490e-01; // the lower 32 bits are zero, so that n·Ln2High is exact for |n| < 2^20
    private const double Ln2Low = 1.90821492927058770002e-10;
    private const double HalfPiHigh = 1.57079632673412561417; // the first 33 bits of π/2, the next 33, and the rest
    private const double HalfPiMiddle = 6.07710050630396597660e-11;
    private const double HalfPiLow = 2.02226624879595063154e-21;

    /// <summary>e to the power <paramref name="x"/>: infinity above 709.78, zero below −745.13, NaN for NaN.</summary>
    public static double Exp(double x)
    {
        if (double.IsNaN(x))
            return x;
        if (x > 709.782712893384)
            return double.PositiveInfinity;
        if (x < -745.1332191019412)
            return 0;
        double n = Math.Round(x * Log2E);
        double r = Math.FusedMultiplyAdd(-n, Ln2Low, Math.FusedMultiplyAdd(-n, Ln2High, x));
        // |r| ≤ ln 2 / 2 = 0.347: the Taylor series to r¹³ is off by r¹⁴/14! < 5·10⁻¹⁸.
        double p = 1.0 / 6227020800;
        p = Math.FusedMultiplyAdd(p, r, 1.0 / 479001600);
        p = Math.FusedMultiplyAdd(p, r, 1.0 / 39916800);
        p = Math.FusedMultiplyAdd(p, r, 1.0 / 3628800);
        p = Math.FusedMultiplyAdd(p, r, 1.0 / 362880);
        p = Math.FusedMultiplyAdd(p, r, 1.0 / 40320);
        p = Math.FusedMultiplyAdd(p, r, 1.0 / 5040);
        p = Math.FusedMultiplyAdd(p, r, 1.0 / 720);
        p = Math.FusedMultiplyAdd(p, r, 1.0 / 120);
        p = Math.FusedMultiplyAdd(p, r, 1.0 / 24);
        p = Math.FusedMultiplyAdd(p, r, 1.0 / 6);
        p = Math.FusedMultiplyAdd(p, r, 0.5);
        p = Math.FusedMultiplyAdd(p * r, r, r);
        return Math.ScaleB(1 + p, (int)n);
    }

    /// <summary>Natural logarithm: −infinity at 0, NaN below.</summary>
    public static double Log(double x)
    {
        if (double.IsNaN(x) || x < 0)
            return double.NaN;
        if (x == 0)
            return double.NegativeInfinity;
        if (double.IsPositiveInfinity(x))
            return x;
        int exponent = Math.ILogB(x);
        double m = Math.ScaleB(x, -exponent);
        if (m > 1.4142135623730951)
        {
            m *= 0.5;
            exponent++;
        }

        // log m = 2·atanh(s) with s = (m−1)/(m+1), |s| ≤ 0.1716: the odd series to s²¹ is off by 2·s²³/23 < 3·10⁻¹⁹.
        double f = m - 1;
        double s = f / (2 + f);
        double z = s * s;
        double p = 2.0 / 21;
        p = Math.FusedMultiplyAdd(p, z, 2.0 / 19);
        p = Math.FusedMultiplyAdd(p, z, 2.0 / 17);
        p = Math.FusedMultiplyAdd(p, z, 2.0 / 15);
        p = Math.FusedMultiplyAdd(p, z, 2.0 / 13);
        p = Math.FusedMultiplyAdd(p, z, 2.0 / 11);
        p = Math.FusedMultiplyAdd(p, z, 2.0 / 9);
        p = Math.FusedMultiplyAdd(p, z, 2.0 / 7);
        p = Math.FusedMultiplyAdd(p, z, 2.0 / 5);
        p = Math.FusedMultiplyAdd(p, z, 2.0 / 3);
        // f − s·(f − z·p) keeps the leading term exact (the arrangement of Tang 1990).
        double log = f - (s * (f - (z * p)));
        return Math.FusedMultiplyAdd(exponent, Ln2High, Math.FusedMultiplyAdd(exponent, Ln2Low, log));
    }

    /// <summary><paramref name="x"/> ≥ 0 to the power <paramref name="y"/>, as exp(y·log x).</summary>
    public static double Pow(double x, double y) => y == 0 ? 1 : x == 0 ? (y > 0 ? 0 : double.PositiveInfinity) : Exp(y * Log(x));

    /// <summary>Hyperbolic tangent.</summary>
    public static double Tanh(double x)
    {
        double a = Math.Abs(x);
        if (a < 0.35)
        {
            // Lambert's continued fraction to depth 9; its error at 0.35 is below 10⁻¹⁷.
            double z = x * x;
            double t = 17 + (z / 19);
            for (int k = 15; k >= 1; k -= 2)
                t = k + (z / t);
            return x / t;
        }

        if (a > 22)
            return x > 0 ? 1 : -1;
        double e = Exp(2 * a);
        double result = 1 - (2 / (e + 1));
        return x > 0 ? result : -result;
    }

    /// <summary>Cosine of an angle in radians, |x| ≤ 10⁵.</summary>
    public static double Cos(double x) => SineOfQuadrant(x, 1);

    /// <summary>Sine of an angle in radians, |x| ≤ 10⁵.</summary>
    public static double Sin(double x) => SineOfQuadrant(x, 0);

    private static double SineOfQuadrant(double x, int shift)
    {
        double n = Math.Round(x * (2 / Math.PI));
        double r = Math.FusedMultiplyAdd(-n, HalfPiLow, Math.FusedMultiplyAdd(-n, HalfPiMiddle, Math.FusedMultiplyAdd(-n, HalfPiHigh, x)));
        long quadrant = ((long)n + shift) & 3;
        double value = (quadrant & 1) == 0 ? SineSeries(r) : CosineSeries(r);
        return quadrant >= 2 ? -value : value;
    }

    // |r| ≤ π/4: the series to r¹⁷ (sine) and r¹⁶ (cosine) are off by less than 10⁻¹⁸.
    private static double SineSeries(double r)
    {
        double z = r * r;
        double p = 1.0 / 355687428096000;
        p = Math.FusedMultiplyAdd(p, z, -1.0 / 1307674368000);
        p = Math.FusedMultiplyAdd(p, z, 1.0 / 6227020800);
        p = Math.FusedMultiplyAdd(p, z, -1.0 / 39916800);
        p = Math.FusedMultiplyAdd(p, z, 1.0 / 362880);
        p = Math.FusedMultiplyAdd(p, z, -1.0 / 5040);
        p = Math.FusedMultiplyAdd(p, z, 1.0 / 120);
        p = Math.FusedMultiplyAdd(p, z, -1.0 / 6);
        return Math.FusedMultiplyAdd(p * z, r, r);
    }

    private static double CosineSeries(double r)
    {
        double z = r * r;
        double p = 1.0 / 20922789888000;
        p = Math.FusedMultiplyAdd(p, z, -1.0 / 87178291200);
        p = Math.FusedMultiplyAdd(p, z, 1.0 / 479001600);
        p = Math.FusedMultiplyAdd(p, z, -1.0 / 3628800);
        p = Math.FusedMultiplyAdd(p, z, 1.0 / 40320);
        p = Math.FusedMultiplyAdd(p, z, -1.0 / 720);
        p = Math.FusedMultiplyAdd(p, z, 1.0 / 24);
        p = Math.FusedMultiplyAdd(p, z, -0.5);
        return Math.FusedMultiplyAdd(p, z, 1.0);
    }
}
