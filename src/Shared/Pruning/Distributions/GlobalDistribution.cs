using Federated.Engine.Parameters;
using Federated.Pruning.Selection;

namespace Federated.Pruning.Distributions;

/// <summary>
/// One ranking over all layers: the highest scores are kept wherever they are, but no layer falls below its floor (Global MP with a minimum threshold,
/// arXiv 2209.14624). The floor's weights are the layer's best; the rest of the budget goes to the best of the other layers. Of equal scores the lower position
/// in the flat vector is kept.
/// </summary>
public sealed class GlobalDistribution : IDistribution
{
    private readonly int minimumCount;
    private readonly double minimumFraction;

    /// <summary>A global ranking with a floor of max(1, <paramref name="minimumCount"/>, ⌈<paramref name="minimumFraction"/>·n⌉) weights per layer, never more than n.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The count is below 1, or the fraction outside [0, 1].</exception>
    public GlobalDistribution(int minimumCount = 1, double minimumFraction = 0)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(minimumCount, 1);
        if (!(minimumFraction >= 0 && minimumFraction <= 1))
            throw new ArgumentOutOfRangeException(nameof(minimumFraction), minimumFraction, "The floor is a share of a layer's weights, 0 to 1.");
        this.minimumCount = minimumCount;
        this.minimumFraction = minimumFraction;
    }

    /// <inheritdoc/>
    public string Name => "global";

    /// <inheritdoc/>
    public bool NeedsScores => true;

    /// <inheritdoc/>
    public int[] KeptCounts(ParameterLayout layout, double density, ReadOnlySpan<float> scores)
    {
        if (scores.Length != layout.Count)
            throw new ArgumentException($"The layout has {layout.Count} values, the scores {scores.Length}.", nameof(scores));
        int budget = PruningBudget.Of(layout, density);
        int[] counts = [.. layout.Tensors.Select(static t => t.Count)];
        List<int> ranked = [.. Enumerable.Range(0, counts.Length).Where(t => layout.Tensors[t].IsPrunable)];
        int[] floors = [.. layout.Tensors.Select(t => Math.Min(t.Count, Math.Max(minimumCount, (int)Math.Ceiling(minimumFraction * t.Count))))];
        long floorSum = ranked.Sum(t => (long)floors[t]);
        if (floorSum > budget)
        {
            throw new PruningBudgetException(
                $"The floors of {ranked.Count} layers take {floorSum} weights and the budget is {budget} of {layout.PrunableCount}: "
                + $"lower the floor or use a density of at least {(double)floorSum / layout.PrunableCount:G6}.");
        }

        // A layer under its floor takes the floor and leaves the ranking; the others then share less, so that a layer once under stays under: the loop is exact.
        int fixedLayers;
        do
        {
            Count(layout, scores, ranked, budget, counts);
            fixedLayers = 0;
            for (int i = ranked.Count - 1; i >= 0; i--)
            {
                int t = ranked[i];
                if (counts[t] >= floors[t])
                    continue;
                counts[t] = floors[t];
                budget -= floors[t];
                ranked.RemoveAt(i);
                fixedLayers++;
            }
        }
        while (fixedLayers > 0);
        return counts;
    }

    private static void Count(ParameterLayout layout, ReadOnlySpan<float> scores, List<int> ranked, int budget, int[] counts)
    {
        Segment[] segments = [.. ranked.Select(t => new Segment(layout.Tensors[t].Offset, layout.Tensors[t].Count))];
        RankThreshold threshold = RankThreshold.Find<ValueKey>(scores, segments, budget);
        int ties = threshold.Ties;
        for (int s = 0; s < segments.Length; s++)
        {
            int above = 0;
            int equal = 0;
            foreach (float score in scores.Slice(segments[s].Offset, segments[s].Count))
            {
                uint key = ValueKey.Of(score);
                above += key > threshold.Key ? 1 : 0;
                equal += key == threshold.Key ? 1 : 0;
            }

            int taken = Math.Min(equal, ties);
            ties -= taken;
            counts[ranked[s]] = above + taken;
        }
    }
}
