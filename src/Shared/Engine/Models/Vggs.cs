using Federated.Engine.Networks;

namespace Federated.Engine.Models;

/// <summary>
/// VGG with batch normalisation (Simonyan and Zisserman 2015), layers numbered as in torchvision. The small head is one linear layer on the globally averaged
/// channels, as is usual for 32×32 images; the large one is torchvision's: a 7×7 average and two hidden layers of 4,096 with dropout. Blocks
/// for pruning: the five groups between the pools, 0 to 4; the classifier belongs to the last.
/// </summary>
internal static class Vggs
{
    private static readonly int[] Channels = [64, 128, 256, 512, 512];

    public static NetworkPlan Create(string name, ModelInput input, ChannelWidth width, int depth, bool largeHead)
    {
        int[] convolutions = depth switch
        {
            11 => [1, 1, 2, 2, 2],
            13 => [2, 2, 2, 2, 2],
            16 => [2, 2, 3, 3, 3],
            19 => [2, 2, 4, 4, 4],
            _ => throw new ArgumentOutOfRangeException(nameof(depth), depth, "VGG has 11, 13, 16 or 19 weight layers."),
        };
        var builder = new NetworkBuilder(name, input.Channels, input.Height, input.Width);
        NetworkValue x = builder.Input;
        int layer = 0;
        for (int group = 0; group < convolutions.Length; group++)
        {
            builder.Block(group);
            for (int i = 0; i < convolutions[group]; i++)
            {
                x = builder.Convolution($"features.{layer}", x, width.Of(Channels[group]), kernel: 3, padding: 1, bias: true);
                x = builder.BatchNorm($"features.{layer + 1}", x, relu: true);
                layer += 3; // convolution, normalisation, ReLU
            }

            x = builder.MaxPool($"features.{layer}", x, kernel: 2);
            layer++;
        }

        return largeHead ? LargeHead(builder, x, input.Classes, width.Of(4096)) : SmallHead(builder, x, input.Classes);
    }

    private static NetworkPlan SmallHead(NetworkBuilder builder, NetworkValue x, int classes)
    {
        if (x.Height > 1 || x.Width > 1)
            x = builder.GlobalAveragePool("avgpool", x);
        return builder.Build(builder.Linear("classifier", x, classes));
    }

    private static NetworkPlan LargeHead(NetworkBuilder builder, NetworkValue x, int classes, int hidden)
    {
        x = builder.AdaptiveAveragePool("avgpool", x, 7, 7);
        x = builder.Linear("classifier.0", x, hidden);
        x = builder.Dropout("classifier.2", builder.Relu("classifier.1", x), 0.5);
        x = builder.Linear("classifier.3", x, hidden);
        x = builder.Dropout("classifier.5", builder.Relu("classifier.4", x), 0.5);
        return builder.Build(builder.Linear("classifier.6", x, classes));
    }
}
