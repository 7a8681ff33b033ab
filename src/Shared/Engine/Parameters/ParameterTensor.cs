using System.Collections.Immutable;

namespace Federated.Engine.Parameters;

/// <summary>What a parameter tensor is for; decides its initialisation and whether it may be pruned.</summary>
public enum ParameterKind
{
    /// <summary>Convolution kernel, shape [out, in/groups, kernel height, kernel width].</summary>
    ConvolutionWeight,

    /// <summary>Matrix of a linear layer, shape [out, in].</summary>
    LinearWeight,

    /// <summary>Added to each output channel, shape [out].</summary>
    Bias,

    /// <summary>Scale of a normalisation layer (γ), shape [channels].</summary>
    NormalizationScale,

    /// <summary>Shift of a normalisation layer (β), shape [channels].</summary>
    NormalizationShift,

    /// <summary>Vectors that tokens are or to which they are added: class token, position embeddings and prompts; the last dimension is the channels.</summary>
    Embedding,
}

/// <summary>One named tensor in the flat parameter vector.</summary>
/// <param name="Name">Name as torchvision gives it, e.g. <c>layer1.0.conv1.weight</c>; in vision transformers as timm does.</param>
/// <param name="Kind">What the tensor is for.</param>
/// <param name="Shape">Dimensions, outermost first; values are stored row-major.</param>
/// <param name="Offset">Position of the first value in the dense flat vector.</param>
/// <param name="OutputPositions">Pixels of the layer's output map, so that nnz × positions is the number of multiply-adds per image.</param>
/// <param name="Block">Number of the model's block, counted from the input (0); progressive pruning walks it backwards.</param>
public sealed record ParameterTensor(string Name, ParameterKind Kind, ImmutableArray<int> Shape, int Offset, int OutputPositions, int Block)
{
    /// <summary>Number of values.</summary>
    public int Count { get; } = Shape.Aggregate(1, static (product, dimension) => checked(product * dimension));

    /// <summary>Weights of convolutions and linear layers can be pruned; biases and normalisation parameters never are.</summary>
    public bool IsPrunable => Kind is ParameterKind.ConvolutionWeight or ParameterKind.LinearWeight;

    /// <summary>What the tensor holds before any training.</summary>
    public InitialValues Initial { get; init; }

    /// <summary>
    /// A prompt or part of a low-rank update: a method adds it to a pre-trained model, so that it trains instead of the model's own tensors. Files of pre-trained values need not have it.
    /// </summary>
    public bool IsAdapter { get; init; }

    /// <summary>Inputs that one output sums over: the product of all dimensions but the first.</summary>
    public int FanIn => Shape.Length < 2 ? 1 : Count / Shape[0];
}
