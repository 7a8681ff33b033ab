using Federated.Engine.Parameters;

namespace Federated.Pruning.Distributions;

/// <summary>How the kept weights are spread over the layers. A distribution gives counts, never positions.</summary>
public interface IDistribution
{
    /// <summary>Name in experiment files and reports.</summary>
    string Name { get; }

    /// <summary>Whether the counts depend on the scores; if not, the scores may be empty.</summary>
    bool NeedsScores { get; }

    /// <summary>
    /// Kept values of each tensor of the layout. The counts of the tensors that can be pruned add up to exactly <see cref="PruningBudget"/>'s number
    /// (unless the distribution says otherwise) and are at least 1 each; tensors that cannot be pruned keep all their values.
    /// </summary>
    /// <param name="layout">The model's tensors.</param>
    /// <param name="density">Kept share of the weights that can be pruned, in (0, 1].</param>
    /// <param name="scores">Dense scores, length <c>layout.Count</c>, the largest kept; empty if they are not needed.</param>
    /// <exception cref="PruningBudgetException">The density is too low for what must stay.</exception>
    int[] KeptCounts(ParameterLayout layout, double density, ReadOnlySpan<float> scores);
}
