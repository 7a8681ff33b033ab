using Federated.Engine.Models;
using Federated.Engine.Networks;
using Federated.Engine.Parameters;
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

    [Fact]
    public void Mask_CountsItsWeightsOncePerOutputPixel()
    {
        NetworkPlan plan = ModelCatalog.Create("lenet-5", Mnist);
        var sets = new BitSet?[plan.Parameters.Tensors.Length];
        sets[0] = BitSet.FromPositions(150, [0, 7, 149]);
        Assert.Equal(416_520 - (147 * 784), plan.MultiplyAdds(new Mask(plan.Parameters, sets)));
    }

    [Fact]
    public void ActivationBytes_CountEachKeptValueOnce()
    {
        // LeNet-5: image 784, conv1 6·28², pool 6·14², conv2 16·10², pool 16·5², 120, 84, 10; ReLUs overwrite.
        Assert.Equal(4 * (784 + 4_704 + 1_176 + 1_600 + 400 + 120 + 84 + 10) * 3, ModelCatalog.Create("lenet-5", Mnist).ActivationBytes(3));
    }

    [Fact]
    public void ResNet18_HasTorchvisionsNamesAndFiveBlocks()
    {
        NetworkPlan plan = ModelCatalog.Create("resnet-18", Cifar10);
        Assert.Equal(5, plan.Parameters.BlockCount);
        Assert.Equal(0, BlockOf("conv1.weight"));
        Assert.Equal(1, BlockOf("layer1.1.bn2.bias"));
        Assert.Equal(2, BlockOf("layer2.0.downsample.0.weight"));
        Assert.Equal(4, BlockOf("layer4.1.conv2.weight"));
        Assert.Equal(4, BlockOf("fc.weight"));
        Assert.Equal([128, 64, 1, 1], plan.Parameters.Tensors[plan.Parameters.IndexOf("layer2.0.downsample.0.weight")].Shape.AsSpan());
        Assert.Equal(2 * 4_800, plan.Statistics.Count);
        Assert.Contains(plan.Statistics.Tensors, static t => t is { Name: "layer3.0.downsample.1.running_var", Kind: StatisticsKind.Variance, Count: 256 });

        int BlockOf(string name) => plan.Parameters.Tensors[plan.Parameters.IndexOf(name)].Block;
    }

    [Fact]
    public void Vgg11_HasTorchvisionsNamesAndFiveBlocks()
    {
        NetworkPlan plan = ModelCatalog.Create("vgg-11-large", Cifar10);
        Assert.Equal(5, plan.Parameters.BlockCount);
        string[] weights = [.. plan.Parameters.Tensors.Where(static t => t.IsPrunable).Select(static t => t.Name)];
        Assert.Equal(
            [.. new[] { 0, 4, 8, 11, 15, 18, 22, 25 }.Select(static i => $"features.{i}.weight"), "classifier.0.weight", "classifier.3.weight", "classifier.6.weight"],
            weights);
    }

    [Theory]
    [InlineData(0.25)]
    [InlineData(0.01)]
    public void EveryModelButTransformers_CanBeNarrow(double width)
    {
        foreach (string name in ModelCatalog.Names.Except(ModelCatalog.TransformerNames))
        {
            NetworkPlan full = ModelCatalog.Create(name, Cifar10);
            NetworkPlan narrow = ModelCatalog.Create(name, Cifar10, width);
            Assert.True(narrow.Parameters.Count <= full.Parameters.Count);
            Assert.Equal(full.Parameters.Tensors.Select(static t => t.Name), narrow.Parameters.Tensors.Select(static t => t.Name));
            Assert.Equal(10, narrow.Classes);
        }
    }

    [Fact]
    public void UnknownName_IsRefusedWithTheNames()
    {
        UnknownModelException error = Assert.Throws<UnknownModelException>(() => ModelCatalog.Create("resnet-19", Cifar10));
        Assert.Contains("resnet-18", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void TooSmallAnImage_IsRefusedWithTheLayersName()
    {
        InvalidModelException error = Assert.Throws<InvalidModelException>(() => ModelCatalog.Create("vgg-11", Mnist));
        Assert.Equal("features.28", error.Layer);
    }

    [Theory]
    [InlineData(0, 32, 32, 10, 1)]
    [InlineData(3, 0, 32, 10, 1)]
    [InlineData(3, 32, 1 << 20, 10, 1)]
    [InlineData(3, 32, 32, 0, 1)]
    [InlineData(3, 32, 32, 10, 0)]
    [InlineData(3, 32, 32, 10, double.NaN)]
    [InlineData(3, 32, 32, 10, 65)]
    [InlineData(3, 4096, 4096, 1_000_000, 1)]
    public void NumbersOutOfRange_AreRefused(int channels, int height, int width, int classes, double factor)
    {
        foreach (string name in new[] { "logistic-regression", "resnet-18" })
        {
            if (name == "resnet-18" && height == 4096)
                continue;
            Assert.Throws<InvalidModelException>(() => ModelCatalog.Create(name, new ModelInput(channels, height, width, classes), factor));
        }
    }
}
