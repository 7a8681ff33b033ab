using Federated.Engine.Networks;

namespace Federated.Engine.Models;

/// <summary>The models that can be asked for by name.</summary>
public static class ModelCatalog
{
    private static readonly (string Name, Func<string, ModelInput, ChannelWidth, NetworkPlan> Create)[] Models =
    [
        ("logistic-regression", SmallModels.LogisticRegression),
        ("lenet-5", SmallModels.LeNet5),
        ("cnn", SmallModels.Cnn),
        ("cnn-5x5", SmallModels.Cnn5x5),
        ("resnet-18", (name, input, width) => ResNets.ResNet18(name, input, width)),
        ("resnet-20", (name, input, width) => ResNets.Thin(name, input, width, blocksPerStage: 3)),
        ("resnet-56", (name, input, width) => ResNets.Thin(name, input, width, blocksPerStage: 9)),
        ("vgg-11", (name, input, width) => Vggs.Create(name, input, width, depth: 11, largeHead: false)),
        ("vgg-13", (name, input, width) => Vggs.Create(name, input, width, depth: 13, largeHead: false)),
        ("vgg-16", (name, input, width) => Vggs.Create(name, input, width, depth: 16, largeHead: false)),
        ("vgg-19", (name, input, width) => Vggs.Create(name, input, width, depth: 19, largeHead: false)),
        ("vgg-11-large", (name, input, width) => Vggs.Create(name, input, width, depth: 11, largeHead: true)),
        ("vgg-13-large", (name, input, width) => Vggs.Create(name, input, width, depth: 13, largeHead: true)),
        ("vgg-16-large", (name, input, width) => Vggs.Create(name, input, width, depth: 16, largeHead: true)),
        ("vgg-19-large", (name, input, width) => Vggs.Create(name, input, width, depth: 19, largeHead: true)),
        ("mobilenet-v1", MobileNets.V1),
    ];

    /// <summary>All names, small models first.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Models.Select(static model => model.Name)];

    /// <summary>The plan of the model called <paramref name="name"/>.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <param name="input">Shape of the images and number of classes.</param>
    /// <param name="width">Factor on the channels of every hidden layer, rounded, at least one channel; positive, at most 64.</param>
    /// <exception cref="UnknownModelException">No such name.</exception>
    /// <exception cref="InvalidModelException">The images are too small for one of the layers, or a number is out of range; the message names the layer.</exception>
    public static NetworkPlan Create(string name, ModelInput input, double width = 1)
    {
        foreach ((string candidate, Func<string, ModelInput, ChannelWidth, NetworkPlan> create) in Models)
        {
            if (!string.Equals(candidate, name, StringComparison.Ordinal))
                continue;
            if (width is not (> 0 and <= 64))
                throw new InvalidModelException(name, $"a width of {width} is not in (0, 64].");
            if (input.Classes is not (> 0 and <= 1_000_000))
                throw new InvalidModelException(name, $"{input.Classes} classes are not in 1…1,000,000.");
            return create(name, input, new ChannelWidth(width));
        }

        throw new UnknownModelException(name, Names);
    }
}
