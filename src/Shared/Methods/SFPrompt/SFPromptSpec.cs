using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Federated.Engine.Models;
using Federated.Engine.Networks;
using Federated.Engine.Parameters;
using Federated.Methods.Federation;
using Federated.Methods.Splitting;

namespace Federated.Methods.SFPrompt;

/// <summary>Options of <see cref="SFPrompt"/> (arXiv 2407.17533). The paper's pruning of each client's data set is <c>training.dataPruning</c>.</summary>
public sealed record SFPromptSpec : SplitMethodSpec
{
    /// <inheritdoc/>
    public override string Name => "sfprompt";

    /// <summary>The prompts.</summary>
    public PromptSpec Prompts { get; init; } = new();

    /// <summary>Epochs without the server (U).</summary>
    [Description("Epochs that a client trains tail and prompts alone before it trains with the server: head and tail joined directly. They cost no byte.")]
    [Range(0, 10_000)]
    public int SelfUpdateEpochs { get; init; } = 5;

    /// <summary>after or before.</summary>
    [Description("Whether samples are chosen (training.dataPruning) after these epochs, with the tail as it is then, or before.")]
    [AllowedValues("after", "before")]
    public string ChooseSamples { get; init; } = "after";

    /// <inheritdoc/>
    public override IMethod CreateMethod() => new SFPrompt();

    /// <inheritdoc/>
    internal override ModelExtras ModelExtras => Prompts.ModelExtras;

    /// <inheritdoc/>
    private protected override SplitProgram CreateProgram(SplitPlan cut)
    {
        ParameterLayout layout = cut.Whole.Parameters;
        return new SplitProgram(cut, PromptTensors.Of(layout).Union(new ParameterSubset(layout, [.. Enumerable.Range(cut.FirstTailTensor, layout.Tensors.Length - cut.FirstTailTensor)])))
        {
            SelfUpdateEpochs = SelfUpdateEpochs,
            PrunesBeforeUpdate = ChooseSamples == "before",
            Wire = Wire,
            Compression = Compression,
        };
    }
}
