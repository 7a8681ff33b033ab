using Federated.Engine.Parameters;

namespace Federated.Pruning.Distributions;

/// <summary>
/// Erdős–Rényi densities: layer l has density min(1, ε·Σdims/Πdims) with ε such that the total is the budget; layers that would be over-full are dense and ε is
/// solved again for the rest (RigL, arXiv 1911.11134). With the kernel (ERK) all dimensions count, without it (SET, arXiv 1707.04780) only inputs and outputs do.
/// </summary>
/// <param name="includeKernel">True for ERK, false for ER; they differ for convolutions only.</param>
public sealed class ErdosRenyiDistribution(bool includeKernel = true) : IDistribution
{
    /// <inheritdoc/>
    public string Name => includeKernel ? "erk" : "er";

    /// <inheritdoc/>
    public bool NeedsScores => false;

    /// <inheritdoc/>
    public int[] KeptCounts(ParameterLayout layout, double density, ReadOnlySpan<float> scores) =>
        LayerShares.Divide(layout, PruningBudget.Of(layout, density), Weights(layout));

    /// <summary>Number of values × Σdims/Πdims, so that ε·weight is a layer's kept count: Σdims for ERK, (in + out)·kernel area for ER.</summary>
    internal double[] Weights(ParameterLayout layout)
    {
        double[] weights = new double[layout.Tensors.Length];
        for (int t = 0; t < weights.Length; t++)
        {
            ParameterTensor tensor = layout.Tensors[t];
            if (!tensor.IsPrunable)
                continue;
            int ends = tensor.Shape[0] + tensor.Shape[1];
            weights[t] = includeKernel ? tensor.Shape.Sum() : (double)ends * (tensor.Count / (tensor.Shape[0] * tensor.Shape[1]));
        }

        return weights;
    }
}
