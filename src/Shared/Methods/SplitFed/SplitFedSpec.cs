using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Federated.Engine.Networks;
using Federated.Engine.Parameters;
using Federated.Methods.Federation;
using Federated.Methods.PartialTuning;
using Federated.Methods.Splitting;

namespace Federated.Methods.SplitFed;

/// <summary>Options of <see cref="SplitFed"/> (Thapa et al. 2022; V3: Gawali et al. 2021).</summary>
public sealed record SplitFedSpec : SplitMethodSpec
{
    /// <inheritdoc/>
    public override string Name => "splitfed";

    /// <summary>v1, v2 or v3.</summary>
    [Description("v1: the server trains a copy of its part for each client and averages them; v2: one part, trained with one client after the other in an order drawn anew each round; v3: as v1, but each client keeps its part to itself: only the server's part is averaged, no weights of clients cross, and the mean of the clients' parts, which no real server could form, is for measuring only.")]
    [AllowedValues("v1", "v2", "v3")]
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
    private protected override SplitProgram CreateProgram(SplitPlan cut) => new(cut, Trainable(cut.Whole.Parameters), labelsAtServer: Labels == "server") 
    {
        ClientsKeepTheirs = Variant == "v3",
        Wire = Wire,
        Compression = Compression,
    };

    private ParameterSubset Trainable(ParameterLayout layout) => Train == "all" ? ParameterSubset.All(layout) : ClassifierTensors.Of(layout);
}
