using System.ComponentModel;
using Federated.Engine.Models;
using Federated.Engine.Networks;
using Federated.Methods.Experiments;
using Federated.Methods.Federation;
using Federated.Methods.Splitting;

namespace Federated.Methods.PartialTuning;

/// <summary>Options of FedPrompt (Zhao et al. 2022, arXiv 2208.12268): prompts, and the classifier where it is new to the task.</summary>
public sealed record FedPromptSpec : MethodSpec
{
    /// <inheritdoc/>
    public override string Name => "fedprompt";

    /// <summary>The prompts.</summary>
    public PromptSpec Prompts { get; init; } = new();

    /// <summary>Whether the classifier trains with the prompts.</summary>
    [Description("Whether the classifier trains beside the prompts; a classifier that was not pre-trained for these classes has to.")]
    public bool TrainClassifier { get; init; } = true;

    /// <inheritdoc/>
    public override IMethod CreateMethod() => new PartialTuning(layout => TrainClassifier ? PromptTensors.Of(layout).Union(ClassifierTensors.Of(layout)) : PromptTensors.Of(layout));

    /// <inheritdoc/>
    internal override ModelExtras ModelExtras => Prompts.ModelExtras;

    /// <inheritdoc/>
    internal override void Check(NetworkPlan plan)
    {
        if (Prompts.Length == 0 && !TrainClassifier)
            throw new ExperimentException("method.prompts.length is 0 and method.trainClassifier false: nothing trains; set one of them.");
        FrozenModelCheck.Require(plan);
    }
}
