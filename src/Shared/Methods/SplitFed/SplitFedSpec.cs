using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Federated.Engine.Networks;
using Federated.Engine.Parameters;
using Federated.Methods.Federation;
using Federated.Methods.PartialTuning;
using Federated.Methods.Splitting;

namespace Federated.Methods.SplitFed;

/// <summary>Options of <see cref="SplitFed"/> (Thapa et al. 2022).</summary>
public sealed record SplitFedSpec : SplitMethodSpec
{
    /// <inheritdoc/>
    public override string Name => "splitfed";

    /// <summary>v1 or v2.</summary>
    [Description("v1: the server trains a copy of its part for each client and averages them; v2: one part, trained with one client after the other in an order drawn anew each round.")]
    [AllowedValues("v1", "v2")]
    public string Variant { get; init; } = "v1";

    /// <summary>client or server.</summary>
    [Description("Who has the labels: client (the tail stays there too, and labels never leave it) or server.")]
    [AllowedValues("client", "server")]
    public string Labels { get; init; } = "client";

    /// <summary>all or classifier.</summary>
    [Description("What trains: all, or only the classifier on top of a frozen model (a linear probe).")]
    [AllowedValues("all", "classifier")]
    public string Train { get; init; } = "all";

    /// <inheritdoc/>
    public override IMethod CreateMethod() => new SplitFed(sequential: Variant == "v2");

    /// <inheritdoc/>
    private protected override SplitProgram CreateProgram(SplitPlan cut) => new(cut, Trainable(cut.Whole.Parameters), labelsAtServer: Labels == "server") { Wire = Wire, Compression = Compression };

    private ParameterSubset Trainable(ParameterLayout layout) => Train == "all" ? ParameterSubset.All(layout) : ClassifierTensors.Of(layout);
}
