using System.Runtime.Intrinsics;
using Federated.Engine.Layers;
using Federated.Engine.Tests.Reference;
using Xunit;

namespace Federated.Engine.Tests.Layers;

public sealed class GaussianLanesTests
{
    private const double Unit = 1.0 / (1 << 23);

    [Fact]
    public void Gelu_IsWithinThreeUnitsInTheLastPlaceInBothTails()
    {
        foreach (float x in Points())
        {
            double exact = ReferenceGaussian.Gelu(x);
            Assert.Equal(0, (At(GaussianLanes.Gelu, x) - exact) / Math.Max(Math.Abs(exact), 1e-35), 3 * Unit);
        }
    }

    [Fact]
    public void Slope_IsWithinTwoUnitsOfOne()
    {
        foreach (float x in Points())
            Assert.Equal(ReferenceGaussian.GeluSlope(x), At(GaussianLanes.GeluSlope, x), 2 * Unit);
    }

    [Theory]
    [InlineData(0f, 0f, 0.5f)]
    [InlineData(20f, 20f, 1f)]
    [InlineData(-20f, 0f, 0f)]
    [InlineData(1e30f, 1e30f, 1f)]
    [InlineData(float.NaN, float.NaN, float.NaN)]
    public void Ends_AreExact(float x, float gelu, float slope)
    {
        Assert.Equal(gelu, At(GaussianLanes.Gelu, x));
        Assert.Equal(slope, At(GaussianLanes.GeluSlope, x));
    }

    [Fact]
    public void Bits_AreTheSameOnEveryMachine()
    {
        // Recorded once; additions, multiplications and divisions of IEEE 754 leave no choice.
        uint hash = 2166136261;
        foreach (float x in Points())
            hash = (((hash ^ BitConverter.SingleToUInt32Bits(At(GaussianLanes.Gelu, x))) * 16777619) ^ BitConverter.SingleToUInt32Bits(At(GaussianLanes.GeluSlope, x))) * 16777619;
        Assert.Equal(2603363718u, hash);
    }

    private static IEnumerable<float> Points() => Enumerable.Range(-12800, 25601).Select(static i => i / 1000f).Concat(Enumerable.Range(1, 30).Select(static i => (float)Math.ScaleB(1, -i)));

    private static float At(Func<Vector512<float>, Vector512<float>> function, float x) => function(Vector512.Create(x))[7];
}
