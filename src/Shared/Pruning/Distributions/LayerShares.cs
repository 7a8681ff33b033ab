using Federated.Engine.Parameters;

namespace Federated.Pruning.Distributions;

/// <summary>Divides a budget over the tensors of a layout that can be pruned; at least one weight each, none more than it has.</summary>
internal static class LayerShares
{
    /// <summary>
    /// Kept values per tensor of the layout: the tensors <paramref name="dense"/> keep all their weights, the others share what is left of <paramref name="budget"/> in
    /// proportion to <paramref name="weights"/> (one per tensor of the layout; those of tensors that cannot be pruned are not read).
    /// </summary>
    /// <exception cref="PruningBudgetException">The budget does not hold the dense tensors and one weight in every other.</exception>
    public static int[] Divide(ParameterLayout layout, int budget, ReadOnlySpan<double> weights, params ReadOnlySpan<int> dense)
    {
        int[] counts = new int[layout.Tensors.Length];
        var sharing = new List<int>(counts.Length);
        for (int t = 0; t < counts.Length; t++)
        {
            counts[t] = layout.Tensors[t].Count;
            if (layout.Tensors[t].IsPrunable && !dense.Contains(t))
                sharing.Add(t);
        }

        int held = 0;
        foreach (int t in dense)
            held += counts[t];
        if (budget < held + sharing.Count)
            throw TooSmall(layout, budget, held, sharing.Count);
        double[] shareWeights = new double[sharing.Count];
        int[] minimum = new int[sharing.Count];
        int[] maximum = new int[sharing.Count];
        for (int i = 0; i < sharing.Count; i++)
        {
            shareWeights[i] = weights[sharing[i]];
            minimum[i] = 1;
            maximum[i] = counts[sharing[i]];
        }

        int[] shares = Apportionment.Divide(budget - held, shareWeights, minimum, maximum);
        for (int i = 0; i < sharing.Count; i++)
            counts[sharing[i]] = shares[i];
        return counts;
    }

    /// <summary>Indices of the tensors that stay dense, ascending.</summary>
    public static int[] Dense(ParameterLayout layout, DenseLayers layers)
    {
        int[] prunable = [.. Enumerable.Range(0, layout.Tensors.Length).Where(t => layout.Tensors[t].IsPrunable)];
        return layers switch
        {
            _ when prunable.Length == 0 => [],
            DenseLayers.None => [],
            DenseLayers.FirstAndLast when prunable.Length > 1 => [prunable[0], prunable[^1]],
            _ => [prunable[0]],
        };
    }

    private static PruningBudgetException TooSmall(ParameterLayout layout, int budget, int held, int others)
    {
        int needed = held + others;
        string parts = held == 0 ? $"one weight in each of {others} layers" : $"the layers that stay dense ({held}) and one weight in each of {others} other layers";
        return new PruningBudgetException(
            $"A budget of {budget} of {layout.PrunableCount} weights does not hold {parts}, which take {needed}: use a density of at least {(double)needed / layout.PrunableCount:G6}.");
    }
}
