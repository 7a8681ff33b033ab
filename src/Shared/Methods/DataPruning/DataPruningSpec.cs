using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Federated.Methods.Experiments;

namespace Federated.Methods.DataPruning;

/// <summary>Which of its training samples a client trains on. What each kind does, and where it is from, is in <c>docs/data-pruning.md</c>.</summary>
public sealed record DataPruningSpec
{
    /// <summary>No pruning: every sample in every epoch.</summary>
    public const string None = "none";

    /// <summary>One random choice for the whole run.</summary>
    public const string Random = "random";

    /// <summary>A random choice for every epoch (RS2).</summary>
    public const string Rs2 = "rs2";

    /// <summary>The largest errors (EL2N).</summary>
    public const string El2n = "el2n";

    /// <summary>The largest gradients of the last layer (GraNd).</summary>
    public const string GradientNorm = "grand";

    /// <summary>The most often forgotten.</summary>
    public const string Forgetting = "forgetting";

    /// <summary>Strata of a score (CCS).</summary>
    public const string Stratified = "ccs";

    /// <summary>A window that slides over groups of losses (SeTa).</summary>
    public const string SlidingWindow = "seta";

    /// <summary>Thinning of what is learned, made up for by weights (InfoBatch).</summary>
    public const string InfoBatch = "infobatch";

    /// <summary>Distance to the nearest prototype.</summary>
    public const string Prototypes = "prototypes";

    /// <summary>How samples are chosen.</summary>
    [Description("Which samples a client trains on: none (all), random, rs2, el2n, grand, forgetting, ccs, seta, infobatch or prototypes.")]
    [AllowedValues(None, Random, Rs2, El2n, GradientNorm, Forgetting, Stratified, SlidingWindow, InfoBatch, Prototypes)]
    public string Kind { get; init; } = None;

    /// <summary>Share κ of a client's training samples that an epoch goes through: ⌊κ·n⌋ samples, at least one.</summary>
    [Description("Share of a client's training samples that an epoch goes through, above 0 and at most 1 (rounded down, at least one sample).")]
    [Range(1e-6, 1.0)]
    [UsedWhen(nameof(Kind), Random, Rs2, El2n, GradientNorm, Forgetting, Stratified, SlidingWindow, InfoBatch, Prototypes)]
    public double KeepFraction { get; init; } = 0.5;

    /// <summary>Samples of every class that stay whatever their score, as far as the class has them and the kept samples reach.</summary>
    [Description("Samples of each class that stay whatever their score, as far as there are so many (0: none).")]
    [Range(0, 1_000_000)]
    [UsedWhen(nameof(Kind), El2n, GradientNorm, Forgetting, Prototypes)]
    public int PerClassFloor { get; init; }

    /// <summary>Share of the samples, those of the highest scores, that is passed over: noise and wrong labels.</summary>
    [Description("el2n, grand: share of the samples of highest score that is passed over, as noise.")]
    [Range(0.0, 0.99)]
    [UsedWhen(nameof(Kind), El2n, GradientNorm)]
    public double Offset { get; init; }

    /// <summary>Whether an epoch may draw what the epoch before it drew.</summary>
    [Description("rs2: draw each epoch from all samples; without it, epochs walk through one shuffled order and shuffle anew at its end.")]
    [UsedWhen(nameof(Kind), Rs2)]
    public bool Replacement { get; init; } = true;

    /// <summary>aum or el2n.</summary>
    [Description("ccs: what samples are ordered by, summed over the rounds: aum (margin) or el2n.")]
    [AllowedValues("aum", "el2n")]
    [UsedWhen(nameof(Kind), Stratified)]
    public string Score { get; init; } = "aum";

    /// <summary>Intervals of equal width that the scores are cut into.</summary>
    [Description("ccs: intervals of equal width that the scores are cut into.")]
    [Range(1, 10_000)]
    [UsedWhen(nameof(Kind), Stratified)]
    public int Strata { get; init; } = 50;

    /// <summary>Share β of the samples, the hardest, that is left out before the scores are cut into strata.</summary>
    [Description("ccs: share of the samples, the hardest, that is left out before strata are made.")]
    [Range(0.0, 0.99)]
    [UsedWhen(nameof(Kind), Stratified)]
    public double HardestDropped { get; init; } = 0.1;

    /// <summary>Groups that the losses are clustered into.</summary>
    [Description("seta: groups that the losses are clustered into.")]
    [Range(1, 1000)]
    [UsedWhen(nameof(Kind), SlidingWindow)]
    public int Groups { get; init; } = 5;

    /// <summary>Share of the groups that the window covers.</summary>
    [Description("seta: share of the groups that the window covers.")]
    [Range(0.01, 1.0)]
    [UsedWhen(nameof(Kind), SlidingWindow)]
    public double WindowShare { get; init; } = 0.9;

    /// <summary>Share δ of the run's epochs after which losses are not looked at any more.</summary>
    [Description("seta, infobatch: share of the run's epochs after which seta draws at random and infobatch goes through all samples.")]
    [Range(0.0, 1.0)]
    [UsedWhen(nameof(Kind), SlidingWindow, InfoBatch)]
    public double AnnealAfter { get; init; } = 0.875;

    /// <summary>far or near.</summary>
    [Description("prototypes: keep the samples that are far from their prototype (plenty of data) or near to it (little).")]
    [AllowedValues("far", "near")]
    [UsedWhen(nameof(Kind), Prototypes)]
    public string Keep { get; init; } = "far";

    /// <summary>Number of prototypes.</summary>
    [Description("prototypes: centroids that a client's samples are clustered around.")]
    [Range(1, 10_000)]
    [UsedWhen(nameof(Kind), Prototypes)]
    public int Clusters { get; init; } = 10;

    /// <summary>Whether a client looks at all its samples with the model that it received, before it trains.</summary>
    internal bool NeedsScan => Kind is El2n or GradientNorm or Forgetting or Stratified or Prototypes;

    /// <summary>Whether that look needs what the classifier receives, and not only what it says.</summary>
    internal bool NeedsFeatures => Kind is GradientNorm or Prototypes;

    /// <summary>Whether a client remembers the losses that its samples had in training.</summary>
    internal bool NeedsLosses => Kind is SlidingWindow or InfoBatch;
}
