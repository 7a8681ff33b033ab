using Federated.Engine.Parameters;

namespace Federated.Methods.Splitting;

/// <summary>Finds the prompts among a model's tensors.</summary>
internal static class PromptTensors
{
    /// <summary>The prompts of the input and of the blocks.</summary>
    public static ParameterSubset Of(ParameterLayout layout) =>
        ParameterSubset.Where(layout, static tensor => tensor.Name == "prompts" || tensor.Name.EndsWith(".prompts", StringComparison.Ordinal));
}
