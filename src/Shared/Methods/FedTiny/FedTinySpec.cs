using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Federated.Methods.Experiments;
using Federated.Methods.Federation;

namespace Federated.Methods.FedTiny;

/// <summary>Options of <see cref="FedTiny"/> (Huang et al., "Distributed Pruning Towards Tiny Neural Networks in Federated Learning", arXiv 2212.01977).</summary>
public sealed record FedTinySpec : MethodSpec
{
    /// <inheritdoc/>
    public override string Name => "fedtiny";

    /// <inheritdoc/>
    public override IMethod CreateMethod() => new FedTiny(this);

    /// <summary>Kept share of all weights that may be pruned.</summary>
    [Description("Kept share of all weights that may be pruned, above 0 and at most 1.")]
    [Range(1e-6, 1.0)]
    public double Density { get; init; } = 0.05;

    /// <summary>What the server trains on before it draws candidates.</summary>
    public PretrainingSpec Pretraining { get; init; } = new();

    /// <summary>The coarse half: adaptive batch-norm selection.</summary>
    public SelectionSpec Selection { get; init; } = new();

    /// <summary>The fine half: progressive pruning.</summary>
    public ProgressiveSpec Progressive { get; init; } = new();

    /// <inheritdoc/>
    internal override int ServerSamplesPerClass => Pretraining.SamplesPerClass;

    /// <inheritdoc/>
    internal override int LargestBatch => Progressive.GradientSamples;
}

/// <summary>Adaptive batch-norm selection: which of a pool of masks suits the clients' data.</summary>
public sealed record SelectionSpec
{
    /// <summary>Number of candidate masks.</summary>
    [Description("Candidate masks in the pool (1: no selection).")]
    [Range(1, 10_000)]
    public int Candidates { get; init; } = 10;

    /// <summary>How layer densities are drawn: uniform or erk.</summary>
    [Description("Noise of the layer densities around the target: uniform, or erk for noise around Erdős–Rényi densities.")]
    [AllowedValues("uniform", "erk")]
    public string Noise { get; init; } = "uniform";

    /// <summary>first or first-and-last.</summary>
    [Description("uniform noise: layers that stay dense, counted within the density: first (as in the released code), or first-and-last.")]
    [AllowedValues("first", "first-and-last"), UsedWhen(nameof(Noise), "uniform")]
    public string DenseLayers { get; init; } = "first";
}

/// <summary>Progressive pruning: grow and prune one block at a time, from the output to the input.</summary>
public sealed record ProgressiveSpec
{
    /// <summary>Rounds between two adjustments (ΔR).</summary>
    [Description("Rounds between two mask adjustments (0: never adjust).")]
    [Range(0, 1_000_000)]
    public int Every { get; init; } = 10;

    /// <summary>Last round with an adjustment (R_stop).</summary>
    [Description("Last round that may adjust the mask; the share that is exchanged falls to zero by then.")]
    [Range(0, 1_000_000)]
    public int Until { get; init; } = 100;

    /// <summary>Share of a layer's kept weights exchanged at the start of the cosine.</summary>
    [Description("Share of a layer's kept weights that is exchanged at the beginning of the cosine decay.")]
    [Range(0.0, 1.0)]
    public double Fraction { get; init; } = 0.3;

    /// <summary>block, layer or entire.</summary>
    [Description("What is adjusted at once: one block, one layer or the entire network.")]
    [AllowedValues("block", "layer", "entire")]
    public string Granularity { get; init; } = "block";

    /// <summary>Samples whose mean gradient a client reports.</summary>
    [Description("Samples of the batch whose gradients a client reports (0: the batch size).")]
    [Range(0, 4096)]
    public int GradientSamples { get; init; }
}
