using System.Security.Cryptography;
using Federated.Engine.Numerics;
using Federated.Engine.Storage;
using Federated.TestKit;
using Xunit;

namespace Federated.Engine.Tests.Numerics;

/// <summary>Against values of 120 digits (<c>tests/golden/make_elementary_functions.py</c>), so that the errors are known to a fraction of a unit.</summary>
public sealed class DeterministicMathTests
{
    private static readonly SafeTensorsFile Golden = SafeTensorsFile.Read(Path.Combine(GoldenFile.RepositoryRoot, "tests/golden/elementary_functions.safetensors"));

    [Fact]
    public void Exp_IsWithinTwoUnits() => AssertWithin("exp", DeterministicMath.Exp, 2);

    [Fact]
    public void Log_IsWithinTwoUnits() => AssertWithin("log", DeterministicMath.Log, 2);

    [Fact]
    public void Sin_IsWithinTwoUnits() => AssertWithin("sin", DeterministicMath.Sin, 2);

    [Fact]
    public void Cos_IsWithinTwoUnits() => AssertWithin("cos", DeterministicMath.Cos, 2);

    [Fact]
    public void Tanh_IsWithinFourUnits() => AssertWithin("tanh", DeterministicMath.Tanh, 4);

    [Fact]
    public void Pow_IsWithinAsManyUnitsAsTheExponentIsLarge()
    {
        double[] xs = Golden["pow.x"].ToDoubles();
        double[] ys = Golden["pow.y"].ToDoubles();
        double[] nearest = Golden["pow.nearest"].ToDoubles();
        double[] rest = Golden["pow.rest"].ToDoubles();
        for (int i = 0; i < xs.Length; i++)
        {
            double allowed = 2 + (2 * Math.Abs(ys[i] * DeterministicMath.Log(xs[i])));
            double error = Units(DeterministicMath.Pow(xs[i], ys[i]), nearest[i], rest[i]);
            Assert.True(error <= allowed, $"pow({xs[i]:R}, {ys[i]:R}) is off by {error} units, allowed are {allowed}");
        }
    }

    [Fact]
    public void Exp_AtTheEdges_IsExact()
    {
        Assert.Equal(1.0, DeterministicMath.Exp(0));
        Assert.Equal(double.PositiveInfinity, DeterministicMath.Exp(709.8));
        Assert.Equal(double.PositiveInfinity, DeterministicMath.Exp(double.PositiveInfinity));
        Assert.Equal(0.0, DeterministicMath.Exp(-745.2));
        Assert.Equal(0.0, DeterministicMath.Exp(double.NegativeInfinity));
        Assert.Equal(double.Epsilon, DeterministicMath.Exp(-744.5)); // e^−744.5 = 4.66·10⁻³²⁴ rounds to 2^−1074 = 4.94·10⁻³²⁴
        Assert.True(double.IsNaN(DeterministicMath.Exp(double.NaN)));
    }

    [Fact]
    public void Log_AtTheEdges_IsExact()
    {
        Assert.Equal(0.0, DeterministicMath.Log(1));
        Assert.Equal(double.NegativeInfinity, DeterministicMath.Log(0));
        Assert.Equal(double.PositiveInfinity, DeterministicMath.Log(double.PositiveInfinity));
        Assert.True(double.IsNaN(DeterministicMath.Log(-1)));
        Assert.True(double.IsNaN(DeterministicMath.Log(double.NaN)));
    }

    [Fact]
    public void Pow_AtTheEdges_IsExact()
    {
        Assert.Equal(1.0, DeterministicMath.Pow(0, 0));
        Assert.Equal(1.0, DeterministicMath.Pow(7, 0));
        Assert.Equal(0.0, DeterministicMath.Pow(0, 3));
        Assert.Equal(double.PositiveInfinity, DeterministicMath.Pow(0, -1));
        Assert.Equal(1.0, DeterministicMath.Pow(1, 1e300));
    }

    [Fact]
    public void Tanh_IsOddAndSaturates()
    {
        Assert.Equal(1.0, DeterministicMath.Tanh(23));
        Assert.Equal(-1.0, DeterministicMath.Tanh(double.NegativeInfinity));
        Assert.Equal(0.0, DeterministicMath.Tanh(0));
        for (double x = 0.01; x < 25; x *= 1.07)
            Assert.Equal(-DeterministicMath.Tanh(x), DeterministicMath.Tanh(-x));
        Assert.True(double.IsNaN(DeterministicMath.Tanh(double.NaN)));
    }

    [Fact]
    public void Results_AreTheseBits()
    {
        // Not the nearest values but the ones this code gives: whoever changes an operation changes the results of every experiment.
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach ((string name, Func<double, double> function) in ((string, Func<double, double>)[])
            [("exp", DeterministicMath.Exp), ("log", DeterministicMath.Log), ("sin", DeterministicMath.Sin), ("cos", DeterministicMath.Cos), ("tanh", DeterministicMath.Tanh)])
        {
            foreach (double x in Golden[$"{name}.x"].ToDoubles())
                hash.AppendData(BitConverter.GetBytes(function(x)));
        }

        Assert.Equal("b7cbe29580db5bbb", Convert.ToHexStringLower(hash.GetHashAndReset())[..16]);
    }

    private static void AssertWithin(string name, Func<double, double> function, double units)
    {
        double[] xs = Golden[$"{name}.x"].ToDoubles();
        double[] nearest = Golden[$"{name}.nearest"].ToDoubles();
        double[] rest = Golden[$"{name}.rest"].ToDoubles();
        for (int i = 0; i < xs.Length; i++)
        {
            double error = Units(function(xs[i]), nearest[i], rest[i]);
            Assert.True(error <= units, $"{name}({xs[i]:R}) is off by {error} units in the last place");
        }
    }

    private static double Units(double actual, double nearest, double rest)
    {
        double unit = Math.BitIncrement(Math.Abs(nearest)) - Math.Abs(nearest);
        return Math.Abs(((actual - nearest) / unit) - rest);
    }
}
