using Federated.Engine.Models;
using Federated.Engine.Networks;
using Federated.Engine.Parameters;
using Xunit;

namespace Federated.Engine.Tests.Models;

public sealed class InitializationTests
{
    [Fact]
    public void NormalizedModel_HasKaimingNormalConvolutions()
    {
        NetworkPlan plan = ModelCatalog.Create("vgg-11", new ModelInput(3, 32, 32, 10));
        float[] values = Initialization.Values(plan, seed: 5);
        // 512·256·9 draws of deviation √(2/(512·9)): the sample's deviation is off by 1/√(2n) = 0.07 %, its mean by deviation/√n.
        double[] weights = [.. Tensor(plan, values, "features.15.weight").Select(static v => (double)v)];
        double deviation = Math.Sqrt(2.0 / (512 * 9));
        Assert.Equal(deviation, Math.Sqrt(weights.Average(static w => w * w)), 0.003 * deviation);
        Assert.Equal(0, weights.Average(), 0.004 * deviation);
        Assert.All(Tensor(plan, values, "features.15.bias"), static v => Assert.Equal(0, v));
        Assert.All(Tensor(plan, values, "features.16.weight"), static v => Assert.Equal(1, v));
        Assert.All(Tensor(plan, values, "features.16.bias"), static v => Assert.Equal(0, v));
    }

    [Theory]
    [InlineData("conv2.weight", 25 * 6)]
    [InlineData("conv2.bias", 25 * 6)]
    [InlineData("fc1.weight", 400)]
    [InlineData("fc1.bias", 400)]
    public void PlainModel_HasPyTorchsUniformBounds(string name, int fanIn)
    {
        NetworkPlan plan = ModelCatalog.Create("lenet-5", new ModelInput(1, 28, 28, 10));
        float[] tensor = Tensor(plan, Initialization.Values(plan, seed: 5), name);
        double bound = 1 / Math.Sqrt(fanIn);
        Assert.All(tensor, v => Assert.InRange(v, -bound, bound));
        Assert.True(tensor.Max() > 0.5 * bound && tensor.Min() < -0.5 * bound);
    }

    [Fact]
    public void Values_DependOnTheSeedAlone()
    {
        NetworkPlan plan = ModelCatalog.Create("lenet-5", new ModelInput(1, 28, 28, 10));
        Assert.Equal(Initialization.Values(plan, seed: 5), Initialization.Values(plan, seed: 5));
        Assert.NotEqual(Initialization.Values(plan, seed: 5), Initialization.Values(plan, seed: 6));
    }

    private static float[] Tensor(NetworkPlan plan, float[] values, string name)
    {
        ParameterTensor tensor = plan.Parameters.Tensors[plan.Parameters.IndexOf(name)];
        return values[tensor.Offset..(tensor.Offset + tensor.Count)];
    }
}
