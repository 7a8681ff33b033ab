using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Federated.Engine.Models;
using Federated.Engine.Networks;
using Federated.Engine.Parameters;
using Federated.Methods.Federation;
using Federated.Methods.PartialTuning;
using Federated.Methods.Splitting;

namespace Federated.Methods.SplitLora;

/// <summary>Options of SplitLoRA: split training of low-rank updates (Hu et al. 2022) on both sides of the cut, of a model that is otherwise frozen.</summary>
public sealed record SplitLoraSpec : SplitMethodSpec
{
    /// <inheritdoc/>
    public override string Name => "splitlora";

    /// <summary>Rank r of the updates.</summary>
    [Description("Rank of the updates of the attention's linear layers.")]
    [Range(1, 1024)]
    public int Rank { get; init; } = 4;

    /// <summary>α: updates are scaled by α/r.</summary>
    [Description("Updates are scaled by this over the rank.")]
    [Range(1e-6, 1e6)]
    public double Alpha { get; init; } = 8;

    /// <summary>v1 or v2.</summary>
    [Description("v1: the server trains a copy of its updates for each client and averages them; v2: one set, trained with one client after the other.")]
    [AllowedValues("v1", "v2")]
    public string Variant { get; init; } = "v1";

    /// <inheritdoc/>
    public override IMethod CreateMethod() => new SplitFed.SplitFed(sequential: Variant == "v2");

    /// <inheritdoc/>
    internal override ModelExtras ModelExtras => new(LoraRank: Rank, LoraAlpha: Alpha);

    /// <inheritdoc/>
    private protected override SplitProgram CreateProgram(SplitPlan cut)
    {
        ParameterLayout layout = cut.Whole.Parameters;
        var updates = ParameterSubset.Where(layout, static tensor => tensor.Name.Contains(".lora_", StringComparison.Ordinal));
        // A classifier is new to the task; it has no update of low rank to learn by.
        return new SplitProgram(cut, updates.Union(ClassifierTensors.Of(layout)), labelsAtServer: true) { Wire = Wire, Compression = Compression };
    }
}
