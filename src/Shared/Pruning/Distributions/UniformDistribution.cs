using Federated.Engine.Parameters;

namespace Federated.Pruning.Distributions;

/// <summary>Which layers stay dense: the first, whose few weights see every input, and the last, whose few weights carry every class.</summary>
public enum DenseLayers
{
    /// <summary>None: all are pruned alike.</summary>
    None,

    /// <summary>The first stays dense and the other layers give up what it takes: the total is exactly round(density·N).</summary>
    First,

    /// <summary>The first and the last stay dense and the other layers give up what they take: the total is exactly round(density·N).</summary>
    FirstAndLast,

    /// <summary>The first stays dense and the others are pruned to the density: the total is n₁ + round(density·(N − n₁)) (RigL's uniform).</summary>
    FirstBesideTotal,
}

/// <summary>The same density in every layer (Zhu and Gupta 2017, arXiv 1710.01878), rounded so that the total is exact.</summary>
/// <param name="denseLayers">Which layers stay dense.</param>
public sealed class UniformDistribution(DenseLayers denseLayers = DenseLayers.None) : IDistribution
{
    /// <inheritdoc/>
    public string Name => "uniform";

    /// <inheritdoc/>
    public bool NeedsScores => false;

    /// <inheritdoc/>
    public int[] KeptCounts(ParameterLayout layout, double density, ReadOnlySpan<float> scores)
    {
        int[] dense = LayerShares.Dense(layout, denseLayers);
        int budget = PruningBudget.Of(layout, density);
        if (denseLayers == DenseLayers.FirstBesideTotal)
        {
            int first = dense.Sum(t => layout.Tensors[t].Count);
            budget = first + PruningBudget.Of(layout.PrunableCount - first, density);
        }

        double[] weights = [.. layout.Tensors.Select(static t => (double)t.Count)];
        return LayerShares.Divide(layout, budget, weights, dense);
    }
}
