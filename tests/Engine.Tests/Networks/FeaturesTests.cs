using Federated.Engine.Models;
using Federated.Engine.Networks;
using Federated.Engine.Parameters;
using Xunit;

namespace Federated.Engine.Tests.Networks;

public sealed class FeaturesTests
{
    [Theory]
    [InlineData("logistic-regression")]
    [InlineData("cnn")]
    [InlineData("lenet-5")]
    [InlineData("resnet-20")]
    [InlineData("vgg-11")]
    [InlineData("mobilenet-v1")]
    public void The_logits_are_the_last_layer_of_the_features(string name)
    {
        const int count = 19;
        NetworkPlan plan = ModelCatalog.Create(name, new ModelInput(3, 32, 32, 5), 0.25);
        using var network = new Network(plan, maximumBatch: 33);
        network.SetMask(Mask.Dense(plan.Parameters));
        Initialization.Values(plan, seed: 3).CopyTo(network.Values);
        float[] images = Plans.Normals(count * plan.InputCount, seed: 4);
        for (int i = 0; i < count; i++)
            network.SetImage(i, images.AsSpan(i * plan.InputCount, plan.InputCount));

        ParameterTensor weight = plan.Parameters.Tensors[^2];
        ParameterTensor bias = plan.Parameters.Tensors[^1];
        Assert.Equal(plan.Classes * plan.FeatureCount, weight.Count);
        foreach (ForwardMode mode in (ForwardMode[])[ForwardMode.Evaluate, ForwardMode.Train])
        {
            network.Forward(mode, count);
            float[] features = new float[plan.FeatureCount];
            float[] logits = new float[plan.Classes];
            for (int i = 0; i < count; i++)
            {
                network.CopyFeatures(i, features);
                network.CopyLogits(i, logits);
                for (int c = 0; c < plan.Classes; c++)
                {
                    double expected = network.Values[bias.Offset + c];
                    for (int f = 0; f < features.Length; f++)
                        expected += (double)network.Values[weight.Offset + (c * features.Length) + f] * features[f];
                    Assert.Equal(expected, logits[c], 1e-4 * (1 + Math.Abs(expected)));
                }
            }
        }
    }

    [Fact]
    public void Features_of_no_pass_or_of_no_image_are_refused()
    {
        NetworkPlan plan = ModelCatalog.Create("logistic-regression", new ModelInput(1, 4, 4, 3));
        using var network = new Network(plan, maximumBatch: 4);
        Assert.Throws<InvalidOperationException>(() => network.CopyFeatures(0, new float[plan.FeatureCount]));
        network.Forward(ForwardMode.Evaluate, 2);
        Assert.Throws<ArgumentOutOfRangeException>(() => network.CopyFeatures(2, new float[plan.FeatureCount]));
        Assert.Throws<ArgumentException>(() => network.CopyFeatures(1, new float[plan.FeatureCount + 1]));
    }
}
