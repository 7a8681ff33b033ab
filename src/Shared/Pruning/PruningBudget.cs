using Federated.Engine.Parameters;

namespace Federated.Pruning;

/// <summary>
/// The one rule that turns a density into a number of kept weights: k = max(1, round(n·density)), exact (JaxPruner, arXiv 2304.14082, keeps max(1, round(n(1−s)))).
/// Halves round to even. Published code differs (floor, ceiling, thresholds by value that over-prune on ties), so that equal densities there are not equal costs.
/// </summary>
public static class PruningBudget
{
    /// <summary>Kept weights of <paramref name="count"/> at <paramref name="density"/>; 0 only when there are no weights at all.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The count is negative, or the density is not in (0, 1].</exception>
    public static int Of(int count, double density)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        RequireDensity(density);
        return Math.Min(count, Math.Max(1, (int)Math.Round(count * density)));
    }

    /// <summary>Kept weights among all that may be pruned.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The density is not in (0, 1].</exception>
    public static int Of(ParameterLayout layout, double density) => Of(layout.PrunableCount, density);

    internal static void RequireDensity(double density)
    {
        if (!(density > 0 && density <= 1))
            throw new ArgumentOutOfRangeException(nameof(density), density, "A density is the kept share of the weights: greater than 0 and at most 1.");
    }
}
