using Federated.Engine.Numerics;

namespace Federated.Engine.Tests.Reference;

/// <summary>The normal distribution in double precision, with a relative error below 10⁻¹² in both tails, by a series and a continued fraction.</summary>
internal static class ReferenceGaussian
{
    public static double Density(double x) => DeterministicMath.Exp(-0.5 * x * x) / Math.Sqrt(2 * Math.PI);

    /// <summary>Φ(x).</summary>
    public static double Distribution(double x)
    {
        double a = Math.Abs(x);
        double tail = a < 3 ? 0.5 - (Density(a) * Series(a)) : Density(a) / Fraction(a);
        return x < 0 ? tail : 1 - tail;
    }

    public static double Gelu(double x) => x * Distribution(x);

    public static double GeluSlope(double x) => Distribution(x) + (x * Density(x));

    public static ReferenceTensor GeluBackward(ReferenceTensor x, ReferenceTensor dy) => new(x.Shape, [.. x.Values.Zip(dy.Values, static (v, d) => GeluSlope(v) * d)]);

    /// <summary>(Φ(a) − ½)/φ(a) = a + a³/3 + a⁵/15 + …, Σ of a^(2k+1) over the odd double factorials: all terms positive.</summary>
    private static double Series(double a)
    {
        double sum = 0;
        double term = a;
        for (int k = 1; term > sum * 1e-18; k++)
        {
            sum += term;
            term *= a * a / ((2 * k) + 1);
        }

        return sum;
    }

    /// <summary>Laplace's continued fraction φ(a)/Φ(−a) = a + 1/(a + 2/(a + 3/(…))).</summary>
    private static double Fraction(double a)
    {
        double fraction = a;
        for (int k = 200; k >= 1; k--)
            fraction = a + (k / fraction);
        return fraction;
    }
}
