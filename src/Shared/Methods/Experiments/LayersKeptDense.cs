using Federated.Pruning.Distributions;

namespace Federated.Methods.Experiments;

/// <summary>The names that experiment files give to the layers that stay dense.</summary>
internal static class LayersKeptDense
{
    /// <summary>The layers that <paramref name="name"/> stands for.</summary>
    public static DenseLayers Parse(string name) => string.Equals(name, "first-and-last", StringComparison.Ordinal) ? DenseLayers.FirstAndLast : DenseLayers.First;
}
