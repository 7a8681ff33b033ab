using Federated.Engine.Parameters;
using Federated.Pruning.Selection;

namespace Federated.Pruning.Granularity;

/// <summary>Each weight on its own (unstructured pruning): the highest scores, ties to the lower index.</summary>
public sealed class WeightGranularity : IGranularity
{
    /// <inheritdoc/>
    public string Name => "weight";

    /// <inheritdoc/>
    public BitSet Select(ParameterTensor tensor, ReadOnlySpan<float> scores, int count)
    {
        if (scores.Length != tensor.Count)
            throw new ArgumentException($"{tensor.Name} has {tensor.Count} weights, not {scores.Length} scores.", nameof(scores));
        return TopSelection.ByScore(scores, count);
    }
}
