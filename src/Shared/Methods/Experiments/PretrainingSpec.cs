using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Federated.Methods.Experiments;

/// <summary>Training of the dense model by the server on a few samples of its own, before the first round.</summary>
public sealed record PretrainingSpec
{
    /// <summary>Training samples per class that the server holds and no client does.</summary>
    [Description("Training samples per class that the server keeps for itself (0: no pre-training). They are taken from the training set, never from the test set.")]
    [Range(0, 100_000)]
    public int SamplesPerClass { get; init; } = 5;

    /// <summary>Passes over them.</summary>
    [Description("Passes of the server over its samples.")]
    [Range(0, 10_000)]
    public int Epochs { get; init; } = 3;

    /// <summary>Learning rate of the server's SGD (momentum 0.9).</summary>
    [Description("Learning rate of the server's SGD (momentum 0.9).")]
    [Range(1e-9, 100.0)]
    public double LearningRate { get; init; } = 0.05;
}
