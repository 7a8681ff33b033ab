using Federated.Methods.Pretraining;
using Xunit;

namespace Federated.Methods.Tests.Pretraining;

public sealed class GradientNormTests
{
    [Fact]
    public void A_longer_gradient_is_shortened_and_a_shorter_one_left()
    {
        // 3-4-5, over more values than are summed at once.
        float[] gradient = [3, 0, 0, 0, 0, 0, 0, 0, 0, -4];
        GradientNorm.Clip(gradient, 5);
        Assert.Equal([3, 0, 0, 0, 0, 0, 0, 0, 0, -4], gradient);
        GradientNorm.Clip(gradient, 2.5);
        Assert.Equal([1.5f, 0, 0, 0, 0, 0, 0, 0, 0, -2], gradient);
    }

    [Fact]
    public void What_is_not_finite_stays_to_be_found()
    {
        float[] gradient = [float.PositiveInfinity, 1];
        GradientNorm.Clip(gradient, 1);
        Assert.Equal([float.PositiveInfinity, 1], gradient);
    }
}
