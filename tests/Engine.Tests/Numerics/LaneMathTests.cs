using System.Runtime.Intrinsics;
using Federated.Engine.Layers;
using Federated.Engine.Numerics;
using Xunit;

namespace Federated.Engine.Tests.Numerics;

public sealed class LaneMathTests
{
    [Fact]
    public void Exp_IsWithinTwoUnits()
    {
        double worst = 0;
        for (int i = -86_600; i <= 88_300; i++)
        {
            float x = i / 1000f;
            double exact = DeterministicMath.Exp(x);
            double unit = float.BitIncrement((float)exact) - (double)(float)exact;
            worst = Math.Max(worst, Math.Abs(Exp(x) - exact) / unit);
        }

        Assert.InRange(worst, 0.4, 2);
    }

    [Fact]
    public void Exp_AtTheEdges_IsBounded()
    {
        Assert.Equal(1f, Exp(0));
        Assert.Equal(Exp(-86.6f), Exp(-87));
        Assert.Equal(Exp(-86.6f), Exp(float.NegativeInfinity));
        Assert.Equal(Exp(88.3f), Exp(float.PositiveInfinity));
        Assert.InRange(Exp(-86.6f), 2.4e-38f, 2.6e-38f);
        Assert.InRange(Exp(88.3f), 2.2e38f, 2.3e38f); // e^88.3 = 2.23·10³⁸
        Assert.True(float.IsNaN(Exp(float.NaN)));
    }

    private static float Exp(float x)
    {
        Vector512<float> lanes = LaneMath.Exp(Vector512.Create(x));
        return lanes.GetElement(7);
    }
}
