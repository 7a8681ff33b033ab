namespace Federated.Methods.DataPruning.Clustering;

/// <summary>k-means of numbers (Lloyd's algorithm), from a start that needs no random numbers.</summary>
internal static class ScalarClusters
{
    private const int MostPasses = 100;

    /// <summary>The group of each number; group 0 holds the smallest. There are as many groups as asked for, or as there are different numbers.</summary>
    /// <param name="values">Finite numbers, at least one.</param>
    /// <param name="groups">Groups to make, positive.</param>
    public static int[] Of(ReadOnlySpan<double> values, int groups)
    {
        double[] sorted = values.ToArray();
        Array.Sort(sorted);
        double[] different = [.. sorted.Distinct()];
        int count = Math.Min(groups, different.Length);

        // Evenly over the different numbers: every group has one of its own to begin with.
        double[] centroids = [.. Enumerable.Range(0, count).Select(i => different[(int)(((2L * i) + 1) * different.Length / (2L * count))])];
        double[] uppers = UppersOf(centroids);
        for (int pass = 0; pass < MostPasses && Move(sorted, centroids, uppers); pass++)
            uppers = UppersOf(centroids);

        int[] groupOf = new int[values.Length];
        for (int i = 0; i < groupOf.Length; i++)
            groupOf[i] = GroupOf(values[i], uppers);
        return WithoutGaps(groupOf, count);
    }

    // A number half-way between two centroids belongs to the lower one.
    private static double[] UppersOf(double[] centroids) => [.. centroids.Take(centroids.Length - 1).Select((centroid, i) => (centroid + centroids[i + 1]) / 2)];

    private static int GroupOf(double value, double[] uppers)
    {
        int group = 0;
        while (group < uppers.Length && value > uppers[group])
            group++;
        return group;
    }

    /// <summary>Moves each centroid to the mean of its numbers; one without numbers stays. False when none moved.</summary>
    private static bool Move(double[] sorted, double[] centroids, double[] uppers)
    {
        double[] sums = new double[centroids.Length];
        int[] counts = new int[centroids.Length];
        foreach (double value in sorted)
        {
            int group = GroupOf(value, uppers);
            sums[group] += value;
            counts[group]++;
        }

        bool moved = false;
        for (int group = 0; group < centroids.Length; group++)
        {
            double mean = counts[group] == 0 ? centroids[group] : sums[group] / counts[group];
            moved |= mean != centroids[group];
            centroids[group] = mean;
        }

        return moved;
    }

    private static int[] WithoutGaps(int[] groupOf, int count)
    {
        int[] number = new int[count];
        var used = groupOf.ToHashSet();
        int next = 0;
        for (int group = 0; group < count; group++)
            number[group] = used.Contains(group) ? next++ : -1;
        return [.. groupOf.Select(group => number[group])];
    }
}
