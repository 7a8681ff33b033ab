using Federated.Engine.Networks;

namespace Federated.Engine.Models;

/// <summary>The models that can be asked for by name.</summary>
public static class ModelCatalog
{
    // All but the transformers, whose shape is more than a width.
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

    /// <summary>Names of the vision transformers: <c>vit</c> has the shape that options give, the others one of their own.</summary>
    public static IReadOnlyList<string> TransformerNames { get; } = ["vit", "vit-tiny", "vit-small", "vit-base"];

    /// <summary>All names.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Models.Select(static model => model.Name), .. TransformerNames];

    /// <summary>Whether <paramref name="name"/> is that of a vision transformer.</summary>
    public static bool IsTransformer(string name) => TransformerNames.Contains(name, StringComparer.Ordinal);

    /// <summary>The plan of the model called <paramref name="name"/>.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <param name="input">Shape of the images and number of classes.</param>
    /// <param name="width">Factor on the channels of every hidden layer, rounded, at least one channel; positive, at most 64. Vision transformers have none: 1.</param>
    /// <param name="shape">
    /// Shape of the transformer <c>vit</c>; of the other transformers patch and dropout only; null takes the defaults. No other model has one.
    /// </param>
    /// <param name="extras">What a method adds to a transformer; null: nothing.</param>
    /// <exception cref="UnknownModelException">No such name.</exception>
    /// <exception cref="InvalidModelException">
    /// The images are too small for one of the layers, a number is out of range, or the model has no such option; the message names the layer.
    /// </exception>
    public static NetworkPlan Create(string name, ModelInput input, double width = 1, TransformerShape? shape = null, ModelExtras? extras = null)
    {
        if (!Names.Contains(name, StringComparer.Ordinal))
            throw new UnknownModelException(name, Names);
        if (width is not (> 0 and <= 64))
            throw new InvalidModelException(name, $"a width of {width} is not in (0, 64].");
        if (input.Classes is not (> 0 and <= 1_000_000))
            throw new InvalidModelException(name, $"{input.Classes} classes are not in 1…1,000,000.");
        if (IsTransformer(name))
        {
            if (width != 1)
                throw new InvalidModelException(name, $"a width of {width} has no meaning for a vision transformer; choose vit and its dimension.");
            return VisionTransformers.Create(name, input, ShapeOf(name, shape), extras ?? ModelExtras.None);
        }

        if (shape is not null)
            throw new InvalidModelException(name, "it is not a vision transformer and has no depth, dimension, heads, patch or dropout to choose.");
        if (extras is not null && extras != ModelExtras.None)
            throw new InvalidModelException(name, "it has no tokens for prompts and no low-rank updates; choose one of " + string.Join(", ", TransformerNames) + ".");
        return Models.First(model => string.Equals(model.Name, name, StringComparison.Ordinal)).Create(name, input, new ChannelWidth(width));
    }

    private static TransformerShape ShapeOf(string name, TransformerShape? shape)
    {
        TransformerShape? preset = VisionTransformers.Preset(name);
        if (preset is null)
            return shape ?? new TransformerShape();
        return shape is null ? preset : preset with { Patch = shape.Patch, Dropout = shape.Dropout };
    }
}
