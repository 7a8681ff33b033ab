using Federated.Engine.Models;
using Federated.Engine.Networks;
using Xunit;

namespace Federated.Engine.Tests.Models;

public sealed class ModelCatalogTests
{
    private static readonly ModelInput Cifar10 = new(3, 32, 32, 10);
    private static readonly ModelInput Mnist = new(1, 28, 28, 10);

    // Weights of convolutions and linear layers; those plus biases and two per normalised channel; Σ weights × output pixels. ResNet-18 by hand:
    // stem 3·64·9·1,024 = 1,769,472, layer1 4·64²·9·1,024 = 150,994,944, three stages of 134,217,728 each, classifier 5,120.
    // ResNet-20 and 56 are 269,722 and 853,018 with parameter-free shortcuts; the two 1×1 shortcuts add 512 + 2,048 weights and 2·(32 + 64).
    [Theory]
    [InlineData("resnet-18", 11_164_352, 11_173_962, 555_422_720)]
    [InlineData("vgg-11", 9_222_848, 9_231_114, 152_769_536)]
    [InlineData("vgg-11-large", 128_796_352, 128_812_810, 272_343_040)]
    [InlineData("resnet-20", 270_896, 272_474, 40_813_184)]
    [InlineData("resnet-56", 851_504, 855_770, 125_747_840)]
    [InlineData("mobilenet-v1", 3_195_328, 3_217_226, 46_354_432)]
    [InlineData("cnn", 1_626_208, 1_626_442, 16_835_200)]
    public void Cifar10Model_HasThePublishedNumbers(string name, int prunable, int parameters, long multiplyAdds)
    {
        NetworkPlan plan = ModelCatalog.Create(name, Cifar10);
        Assert.Equal((prunable, parameters, multiplyAdds), (plan.Parameters.PrunableCount, plan.Parameters.Count, plan.MultiplyAdds()));
    }

    [Theory]
    [InlineData("logistic-regression", 7_840, 7_850, 7_840)]
    [InlineData("cnn-5x5", 1_662_752, 1_663_370, 12_273_152)]
    [InlineData("lenet-5", 61_470, 61_706, 416_520)]
    public void MnistModel_HasThePublishedNumbers(string name, int prunable, int parameters, long multiplyAdds)
    {
        NetworkPlan plan = ModelCatalog.Create(name, Mnist);
        Assert.Equal((prunable, parameters, multiplyAdds), (plan.Parameters.PrunableCount, plan.Parameters.Count, plan.MultiplyAdds()));
    }
}
