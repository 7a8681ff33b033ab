using Federated.Engine.Parameters;
using Federated.Pruning.Distributions;
using Federated.Pruning.Granularity;
using Federated.Pruning.Scores;

namespace Federated.Pruning;

/// <summary>One mask from independent choices (the product of axes of JaxPruner, arXiv 2304.14082): what matters × where it may be kept × what is kept as one.</summary>
/// <param name="Score">How much each weight matters.</param>
/// <param name="Distribution">How many weights each layer keeps.</param>
/// <param name="Granularity">What is kept or pruned as one.</param>
public sealed record PruningPolicy(IScore Score, IDistribution Distribution, IGranularity Granularity)
{
    /// <summary>The mask of the given density. The budget is exact; the parameters are not changed.</summary>
    /// <param name="input">Parameters, and gradients where the score needs them.</param>
    /// <param name="density">Kept share of the weights that can be pruned, in (0, 1].</param>
    /// <param name="cancellation">Looked at before each tensor.</param>
    /// <exception cref="PruningBudgetException">The density is too low for what must stay.</exception>
    /// <exception cref="ArgumentException">Something the score needs is missing, or a score is NaN.</exception>
    public Mask Prune(ScoreInput input, double density, CancellationToken cancellation = default)
    {
        ParameterLayout layout = input.Layout;
        float[] scores = new float[layout.Count];
        Score.Compute(input, scores);
        cancellation.ThrowIfCancellationRequested();
        int[] counts = Distribution.KeptCounts(layout, density, scores);
        var kept = new BitSet?[layout.Tensors.Length];
        for (int t = 0; t < kept.Length; t++)
        {
            cancellation.ThrowIfCancellationRequested();
            ParameterTensor tensor = layout.Tensors[t];
            if (tensor.IsPrunable)
                kept[t] = Granularity.Select(tensor, scores.AsSpan(tensor.Offset, tensor.Count), counts[t]);
        }

        return new Mask(layout, kept);
    }
}
