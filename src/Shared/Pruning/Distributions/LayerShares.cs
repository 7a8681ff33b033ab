using Federated.Engine.Parameters;

namespace Federated.Pruning.Distributions;

/// <summary>Divides a budget over the tensors of a layout that can be pruned; at least one weight each, none more than it has.</summary>
internal static class LayerShares
{
    /// <summary>
    /// Kept values per tensor of the layout: <paramref name="dense"/> (or −1) keeps all its weights, the others share what is left of <paramref name="budget"/> in
    /// proportion to <paramref name="weights"/> (one per tensor of the layout; those of tensors that cannot be pruned are not read).
    /// </summary>
    /// <exception cref="PruningBudgetException">The budget does not hold the dense tensor and one weight in every other.</exception>
    public static int[] Divide(ParameterLayout layout, int budget, ReadOnlySpan<double> weights, int dense = -1)
    {
        int[] counts = new int[layout.Tensors.Length];
        var sharing = new List<int>(counts.Length);
        for (int t = 0; t < counts.Length; t++)
        {
            counts[t] = layout.Tensors[t].Count;
            if (layout.Tensors[t].IsPrunable && t != dense)
                sharing.Add(t);
        }

        int stem = dense < 0 ? 0 : counts[dense];
        if (budget < stem + sharing.Count)
            throw TooSmall(layout, budget, stem, sharing.Count);
        double[] shareWeights = new double[sharing.Count];
        int[] minimum = new int[sharing.Count];
        int[] maximum = new int[sharing.Count];
        for (int i = 0; i < sharing.Count; i++)
        {
            shareWeights[i] = weights[sharing[i]];
            minimum[i] = 1;
            maximum[i] = counts[sharing[i]];
        }

        int[] shares = Apportionment.Divide(budget - stem, shareWeights, minimum, maximum);
        for (int i = 0; i < sharing.Count; i++)
            counts[sharing[i]] = shares[i];
        return counts;
    }

    /// <summary>Index of the first tensor that can be pruned, or −1.</summary>
    public static int FirstPrunable(ParameterLayout layout)
    {
        for (int t = 0; t < layout.Tensors.Length; t++)
        {
            if (layout.Tensors[t].IsPrunable)
                return t;
        }

        return -1;
    }

    private static PruningBudgetException TooSmall(ParameterLayout layout, int budget, int stem, int others)
    {
        int needed = stem + others;
        string parts = stem == 0 ? $"one weight in each of {others} layers" : $"the dense first layer ({stem}) and one weight in each of {others} other layers";
        return new PruningBudgetException(
            $"A budget of {budget} of {layout.PrunableCount} weights does not hold {parts}, which take {needed}: use a density of at least {(double)needed / layout.PrunableCount:G6}.");
    }
}
