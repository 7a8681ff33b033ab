using Federated.Engine.Networks;

namespace Federated.Engine.Models;

/// <summary>Models of a few layers and without normalisation; each layer with weights is a block of its own for pruning.</summary>
internal static class SmallModels
{
    /// <summary>One linear layer on the pixels.</summary>
    public static NetworkPlan LogisticRegression(string name, ModelInput input, ChannelWidth width)
    {
        var builder = new NetworkBuilder(name, input.Channels, input.Height, input.Width);
        return builder.Build(builder.Linear("fc", builder.Input, input.Classes));
    }

    /// <summary>LeNet-5 (LeCun et al. 1998) with ReLU and max-pooling; images under 32 pixels, MNIST's, are padded by two as in the paper.</summary>
    public static NetworkPlan LeNet5(string name, ModelInput input, ChannelWidth width)
    {
        var builder = new NetworkBuilder(name, input.Channels, input.Height, input.Width);
        int padding = Math.Min(input.Height, input.Width) < 32 ? 2 : 0;
        NetworkValue x = builder.Block(0).Convolution("conv1", builder.Input, width.Of(6), kernel: 5, padding: padding, bias: true);
        x = builder.MaxPool("pool1", builder.Relu("relu1", x), kernel: 2);
        x = builder.Block(1).Convolution("conv2", x, width.Of(16), kernel: 5, bias: true);
        x = builder.MaxPool("pool2", builder.Relu("relu2", x), kernel: 2);
        x = builder.Relu("relu3", builder.Block(2).Linear("fc1", x, width.Of(120)));
        x = builder.Relu("relu4", builder.Block(3).Linear("fc2", x, width.Of(84)));
        return builder.Build(builder.Block(4).Linear("fc3", x, input.Classes));
    }

    /// <summary>
    /// The CNN that federated benchmarks train on CIFAR-10 (TensorFlow Federated's EMNIST network on colour images): two 3×3 convolutions without padding,
    /// one pool, 128 hidden units, dropout; 1,626,442 parameters for 3×32×32 and ten classes.
    /// </summary>
    public static NetworkPlan Cnn(string name, ModelInput input, ChannelWidth width)
    {
        var builder = new NetworkBuilder(name, input.Channels, input.Height, input.Width);
        NetworkValue x = builder.Relu("relu1", builder.Block(0).Convolution("conv1", builder.Input, width.Of(32), kernel: 3, bias: true));
        x = builder.Relu("relu2", builder.Block(1).Convolution("conv2", x, width.Of(64), kernel: 3, bias: true));
        x = builder.Dropout("dropout1", builder.MaxPool("pool", x, kernel: 2), 0.25);
        x = builder.Relu("relu3", builder.Block(2).Linear("fc1", x, width.Of(128)));
        x = builder.Dropout("dropout2", x, 0.5);
        return builder.Build(builder.Block(3).Linear("fc2", x, input.Classes));
    }

    /// <summary>
    /// The CNN of McMahan et al. 2017: two 5×5 convolutions of 32 and 64 channels with padding 2, each followed by a pool, and 512 hidden units;
    /// 1,663,370 parameters for 1×28×28 and ten classes, as in the paper.
    /// </summary>
    public static NetworkPlan Cnn5x5(string name, ModelInput input, ChannelWidth width)
    {
        var builder = new NetworkBuilder(name, input.Channels, input.Height, input.Width);
        NetworkValue x = builder.Relu("relu1", builder.Block(0).Convolution("conv1", builder.Input, width.Of(32), kernel: 5, padding: 2, bias: true));
        x = builder.MaxPool("pool1", x, kernel: 2);
        x = builder.Relu("relu2", builder.Block(1).Convolution("conv2", x, width.Of(64), kernel: 5, padding: 2, bias: true));
        x = builder.MaxPool("pool2", x, kernel: 2);
        x = builder.Relu("relu3", builder.Block(2).Linear("fc1", x, width.Of(512)));
        return builder.Build(builder.Block(3).Linear("fc2", x, input.Classes));
    }
}
