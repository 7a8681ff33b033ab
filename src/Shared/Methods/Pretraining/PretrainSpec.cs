using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Federated.Methods.Experiments;

namespace Federated.Methods.Pretraining;

/// <summary>
/// Central training of a model on a source set, fully resolved: what <c>federated pretrain</c> reads. The model's file is a function of it and of the data, to the last bit.
/// Read and written as an <see cref="ExperimentSpec"/> is.
/// </summary>
public sealed record PretrainSpec
{
    /// <summary>Name of the model; names its file.</summary>
    [Description("Name of the model; its file is named after it.")]
    [Required, RegularExpression("[A-Za-z0-9][A-Za-z0-9._-]{0,79}")]
    public string Name { get; init; } = "model";

    /// <summary>Seed of all randomness.</summary>
    [Description("Seed of all randomness. Same file and seed: same bits.")]
    public ulong Seed { get; init; } = 1;

    /// <summary>The source set, and how its images are prepared.</summary>
    public DataSpec Data { get; init; } = new();

    /// <summary>The network.</summary>
    public ModelSpec Model { get; init; } = new();

    /// <summary>How it is trained.</summary>
    public PretrainTrainingSpec Training { get; init; } = new();

    /// <summary>When it is evaluated on the source set's test images.</summary>
    public PretrainEvaluationSpec Evaluation { get; init; } = new();
}

/// <summary>How a model is pre-trained.</summary>
public sealed record PretrainTrainingSpec
{
    /// <summary>Passes over the training samples.</summary>
    [Description("Passes over the training samples.")]
    [Range(1, 10_000)]
    public int Epochs { get; init; } = 10;

    /// <summary>Samples per step.</summary>
    [Description("Samples per step.")]
    [Range(1, 4096)]
    public int BatchSize { get; init; } = 128;

    /// <summary>Share of the target moved from the true class to all classes.</summary>
    [Description("Label smoothing, 0 to 1.")]
    [Range(0.0, 0.999)]
    public double LabelSmoothing { get; init; } = 0.1;

    /// <summary>Largest Euclidean norm of a step's gradient; a longer one is shortened to it (0: never).</summary>
    [Description("Largest Euclidean norm of a step's gradient; a longer one is shortened to it (0: never).")]
    [Range(0.0, 1e6)]
    public double GradientClipping { get; init; }

    /// <summary>The optimiser.</summary>
    public OptimizerSpec Optimizer { get; init; } = new() { Kind = "adamw", WeightDecay = 0.05 };

    /// <summary>The learning rate from step to step.</summary>
    public WarmupCosineSpec LearningRate { get; init; } = new();
}

/// <summary>A learning rate that rises linearly and then falls as a cosine, step by step.</summary>
public sealed record WarmupCosineSpec
{
    /// <summary>Learning rate at the end of the warm-up.</summary>
    [Description("Learning rate at the end of the warm-up.")]
    [Range(1e-9, 100.0)]
    public double Peak { get; init; } = 1e-3;

    /// <summary>Epochs in which it rises; may be a fraction.</summary>
    [Description("Epochs in which the rate rises linearly to its peak; may be a fraction.")]
    [Range(0.0, 1e4)]
    public double WarmupEpochs { get; init; } = 1;

    /// <summary>Learning rate that the cosine falls to at the last step.</summary>
    [Description("Learning rate that the cosine falls to at the last step.")]
    [Range(0.0, 100.0)]
    public double Final { get; init; } = 1e-5;
}

/// <summary>Evaluation while a model is pre-trained.</summary>
public sealed record PretrainEvaluationSpec
{
    /// <summary>Evaluate after every so many epochs, and after the last.</summary>
    [Description("Evaluate on the test set after every so many epochs, and after the last.")]
    [Range(1, 10_000)]
    public int Every { get; init; } = 1;
}
