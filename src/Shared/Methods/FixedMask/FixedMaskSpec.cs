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

    /// <summary>first or first-and-last.</summary>
    [Description("uniform: layers that stay dense, counted within the density: first, or first-and-last.")]
    [AllowedValues("first", "first-and-last"), UsedWhen(nameof(Distribution), "uniform")]
    public string DenseLayers { get; init; } = "first";

    /// <summary>What the server may train on before it prunes.</summary>
    public PretrainingSpec Pretraining { get; init; } = new() { SamplesPerClass = 0 };

    /// <inheritdoc/>
    internal override int ServerSamplesPerClass => Pretraining.SamplesPerClass;
}
