using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Federated.Methods.Experiments;
using Federated.Methods.Federation;

namespace Federated.Methods.FixedMask;

/// <summary>Options of <see cref="FixedMask"/>.</summary>
public sealed record FixedMaskSpec : MethodSpec
{
    /// <inheritdoc/>
    public override string Name => "fixed-mask";

    /// <inheritdoc/>
    public override IMethod CreateMethod() => new FixedMask(this);

    /// <summary>Kept share of all weights that may be pruned.</summary>
    [Description("Kept share of all weights that may be pruned, above 0 and at most 1.")]
    [Range(1e-6, 1.0)]
    public double Density { get; init; } = 0.05;

    /// <summary>random or magnitude.</summary>
    [Description("Which weights the server keeps at the start: random or magnitude.")]
    [AllowedValues("random", "magnitude")]
    public string Score { get; init; } = "magnitude";

    /// <summary>uniform, erk or global.</summary>
    [Description("How the density is spread over the layers: uniform, erk or global.")]
    [AllowedValues("uniform", "erk", "global")]
    public string Distribution { get; init; } = "uniform";

    /// <summary>What the server may train on before it prunes.</summary>
    public PretrainingSpec Pretraining { get; init; } = new() { SamplesPerClass = 0 };

    /// <inheritdoc/>
    internal override int ServerSamplesPerClass => Pretraining.SamplesPerClass;
}

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
