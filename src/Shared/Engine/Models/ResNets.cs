using Federated.Engine.Networks;

namespace Federated.Engine.Models;

/// <summary>
/// Residual networks for small images (He et al. 2016): a 3×3 stem without pooling, basic blocks, a global average and one linear layer. Where a stage
/// changes shape the shortcut is a 1×1 convolution with normalisation (option B). Blocks for pruning: the stem is 0, stage n is n, and the classifier belongs
/// to the last stage.
/// </summary>
internal static class ResNets
{
    /// <summary>ResNet-18: four stages of two blocks, 64 to 512 channels.</summary>
    public static NetworkPlan ResNet18(string name, ModelInput input, ChannelWidth width) => Create(name, input, width, [64, 128, 256, 512], blocksPerStage: 2);

    /// <summary>The thin networks of depth 6n + 2: three stages of n blocks, 16 to 64 channels.</summary>
    public static NetworkPlan Thin(string name, ModelInput input, ChannelWidth width, int blocksPerStage) =>
        Create(name, input, width, [16, 32, 64], blocksPerStage);

    private static NetworkPlan Create(string name, ModelInput input, ChannelWidth width, ReadOnlySpan<int> stages, int blocksPerStage)
    {
        var builder = new NetworkBuilder(name, input.Channels, input.Height, input.Width);
        NetworkValue x = builder.Block(0).Convolution("conv1", builder.Input, width.Of(stages[0]), kernel: 3, padding: 1);
        x = builder.BatchNorm("bn1", x, relu: true);
        for (int stage = 1; stage <= stages.Length; stage++)
        {
            builder.Block(stage);
            for (int block = 0; block < blocksPerStage; block++)
                x = BasicBlock(builder, $"layer{stage}.{block}", x, width.Of(stages[stage - 1]), stage > 1 && block == 0 ? 2 : 1);
        }

        x = builder.GlobalAveragePool("avgpool", x);
        return builder.Build(builder.Linear("fc", x, input.Classes));
    }

    private static NetworkValue BasicBlock(NetworkBuilder builder, string name, NetworkValue input, int channels, int stride)
    {
        // The shortcut comes first, so that its backward pass comes last: the 3×3 convolution then writes the input's gradient and the strided 1×1 one
        // adds to a quarter of its pixels, instead of the other way round.
        NetworkValue shortcut = input;
        if (stride != 1 || input.Channels != channels)
        {
            shortcut = builder.Convolution(name + ".downsample.0", input, channels, kernel: 1, stride);
            shortcut = builder.BatchNorm(name + ".downsample.1", shortcut);
        }

        NetworkValue x = builder.Convolution(name + ".conv1", input, channels, kernel: 3, stride, padding: 1);
        x = builder.BatchNorm(name + ".bn1", x, relu: true);
        x = builder.Convolution(name + ".conv2", x, channels, kernel: 3, padding: 1);
        return builder.BatchNorm(name + ".bn2", x, relu: true, residual: shortcut);
    }
}
