namespace Federated.Engine.Parameters;

/// <summary>What a tensor holds before any training, where its kind alone does not say it.</summary>
public enum InitialValues
{
    /// <summary>What the tensor's kind and the model's normalisation say; see <c>Initialization</c>.</summary>
    ByKind = 0,

    /// <summary>Zero.</summary>
    Zeros,

    /// <summary>Normal with deviation 0.02: the matrices, class token and position embeddings of vision transformers. (timm cuts it off at ±2, a hundred deviations.)</summary>
    SmallNormal,

    /// <summary>Uniform in ±1/√(fan-in), PyTorch's default for weights.</summary>
    FanInUniform,

    /// <summary>Uniform in ±0.1: prompts.</summary>
    SmallUniform,
}
