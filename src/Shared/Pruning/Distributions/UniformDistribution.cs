using Federated.Engine.Parameters;

namespace Federated.Pruning.Distributions;

/// <summary>What happens to the first layer, whose few weights see every input.</summary>
public enum FirstLayer
{
    /// <summary>It is pruned like any other.</summary>
    Pruned,

    /// <summary>It stays dense and the other layers give up what it takes: the total is exactly round(density·N).</summary>
    DenseWithinTotal,

    /// <summary>It stays dense and the others are pruned to the density: the total is n₁ + round(density·(N − n₁)) (RigL's uniform).</summary>
    DenseBesideTotal,
}

/// <summary>The same density in every layer (Zhu and Gupta 2017, arXiv 1710.01878), rounded so that the total is exact.</summary>
/// <param name="firstLayer">What happens to the first tensor that can be pruned.</param>
public sealed class UniformDistribution(FirstLayer firstLayer = FirstLayer.Pruned) : IDistribution
{
    /// <inheritdoc/>
    public string Name => "uniform";

    /// <inheritdoc/>
    public bool NeedsScores => false;

    /// <inheritdoc/>
    public int[] KeptCounts(ParameterLayout layout, double density, ReadOnlySpan<float> scores)
    {
        int first = firstLayer == FirstLayer.Pruned ? -1 : LayerShares.FirstPrunable(layout);
        int budget = PruningBudget.Of(layout, density);
        if (first >= 0 && firstLayer == FirstLayer.DenseBesideTotal)
            budget = layout.Tensors[first].Count + PruningBudget.Of(layout.PrunableCount - layout.Tensors[first].Count, density);
        double[] weights = [.. layout.Tensors.Select(static t => (double)t.Count)];
        return LayerShares.Divide(layout, budget, weights, first);
    }
}
