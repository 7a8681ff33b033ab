using Federated.Engine.Networks;

namespace Federated.Engine.Models;

/// <summary>
/// MobileNet v1 (Howard et al. 2017) for small images: stride 1 in the stem and in the first stage, so that 32×32 pixels end as 2×2. Thirteen pairs of a depthwise
/// 3×3 and a pointwise 1×1 convolution. Blocks for pruning: the stem is 0; each stride of two opens the next.
/// </summary>
internal static class MobileNets
{
    private static readonly (int Channels, int Stride)[] Pairs =
    [
        (64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), (512, 1), (512, 1), (512, 1), (512, 1), (512, 1), (1024, 2), (1024, 1),
    ];

    public static NetworkPlan V1(string name, ModelInput input, ChannelWidth width)
    {
        var builder = new NetworkBuilder(name, input.Channels, input.Height, input.Width);
        NetworkValue x = builder.Block(0).Convolution("conv1", builder.Input, width.Of(32), kernel: 3, padding: 1);
        x = builder.BatchNorm("bn1", x, relu: true);
        int block = 0;
        for (int i = 0; i < Pairs.Length; i++)
        {
            if (Pairs[i].Stride == 2)
                builder.Block(++block);
            x = builder.Convolution($"layers.{i}.conv1", x, x.Channels, kernel: 3, Pairs[i].Stride, padding: 1, groups: x.Channels);
            x = builder.BatchNorm($"layers.{i}.bn1", x, relu: true);
            x = builder.Convolution($"layers.{i}.conv2", x, width.Of(Pairs[i].Channels), kernel: 1);
            x = builder.BatchNorm($"layers.{i}.bn2", x, relu: true);
        }

        x = builder.GlobalAveragePool("avgpool", x);
        return builder.Build(builder.Linear("fc", x, input.Classes));
    }
}
