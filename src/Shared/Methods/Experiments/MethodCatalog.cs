using System.Collections.Immutable;
using Federated.Methods.FedAvg;
using Federated.Methods.FedTiny;
using Federated.Methods.FixedMask;
using Federated.Methods.LocalLoss;
using Federated.Methods.PartialTuning;
using Federated.Methods.SFPrompt;
using Federated.Methods.SplitFed;
using Federated.Methods.SplitLora;

namespace Federated.Methods.Experiments;

/// <summary>A federated method that an experiment file may name.</summary>
/// <param name="Name">The value of <c>method.name</c>.</param>
/// <param name="OptionsType">Its options: a record that derives from <see cref="MethodSpec"/> and has a constructor without parameters.</param>
/// <param name="Summary">One line for people.</param>
public sealed record MethodEntry(string Name, Type OptionsType, string Summary)
{
    /// <summary>The method's options, all at their defaults.</summary>
    public MethodSpec DefaultOptions() => (MethodSpec)Activator.CreateInstance(OptionsType)!;

    internal static MethodEntry Of<TOptions>(string summary)
        where TOptions : MethodSpec, new() => new(new TOptions().Name, typeof(TOptions), summary);
}

/// <summary>The methods this program knows.</summary>
public static class MethodCatalog
{
    /// <summary>All methods, by name.</summary>
    public static ImmutableArray<MethodEntry> All { get; } =
    [
        MethodEntry.Of<FedAvgSpec>("Federated averaging of the dense model (McMahan et al. 2017)"),
        MethodEntry.Of<FedTinySpec>("FedTiny: adaptive batch-norm selection and progressive pruning (Huang et al. 2022)"),
        MethodEntry.Of<SFPromptSpec>("SFPrompt: clients hold the ends of a frozen transformer and learn prompts and tail (arXiv 2407.17533)"),
        MethodEntry.Of<SplitFedSpec>("SplitFed: clients train the ends of the model, the server the middle (Thapa et al. 2022)"),
        MethodEntry.Of<LocalLossSpec>("Split training with local losses: no gradient comes down (Han et al. 2021)"),
        MethodEntry.Of<SplitLoraSpec>("SplitLoRA: low-rank updates on both sides of the cut, the model frozen"),
        MethodEntry.Of<FedPromptSpec>("FedPrompt: prompts of a frozen transformer that lies whole on every client (Zhao et al. 2022)"),
        MethodEntry.Of<LinearProbeSpec>("A linear probe: the classifier on top of a frozen model that lies whole on every client"),
        MethodEntry.Of<FixedMaskSpec>("A mask chosen by the server before the first round, never changed: the baseline of sparse training"),
    ];

    /// <summary>The names of all methods.</summary>
    public static ImmutableArray<string> Names { get; } = [.. All.Select(entry => entry.Name)];

    /// <summary>The method of that name, or null.</summary>
    public static MethodEntry? Find(string name) => All.FirstOrDefault(entry => entry.Name == name);
}
