using Federated.Engine.Parameters;

namespace Federated.Methods.PartialTuning;

/// <summary>Finds the classifier among a model's tensors.</summary>
internal static class ClassifierTensors
{
    /// <summary>The last linear layer: its weight, and its bias where it has one.</summary>
    public static ParameterSubset Of(ParameterLayout layout)
    {
        int last = layout.Tensors.Length - 1;
        return layout.Tensors[last].Kind == ParameterKind.Bias ? new ParameterSubset(layout, last - 1, last) : new ParameterSubset(layout, last);
    }
}
