namespace Federated.Methods.DataPruning.Rules;

/// <summary>Takes the first samples of an order, and some of every class whatever their place in it.</summary>
internal static class RankedChoice
{
    /// <summary>Places by falling score; equal scores in the order of places.</summary>
    public static int[] ByFallingScore(ReadOnlySpan<double> scores)
    {
        double[] keys = new double[scores.Length];
        int[] places = new int[scores.Length];
        for (int i = 0; i < keys.Length; i++)
        {
            keys[i] = scores[i];
            places[i] = i;
        }

        Array.Sort(places, (a, b) =>
        {
            int byScore = keys[b].CompareTo(keys[a]); // NaN is below all numbers
            return byScore != 0 ? byScore : a.CompareTo(b);
        });
        return places;
    }

    /// <summary>Takes <paramref name="keep"/> samples: first, of every class, the <paramref name="floor"/> that come first in the order, then whoever comes first.</summary>
    /// <param name="order">Places, the best first; at least <paramref name="keep"/>.</param>
    /// <param name="labels">Classes by place.</param>
    /// <param name="keep">How many.</param>
    /// <param name="floor">
    /// Samples of every class. A class that has fewer gives all. Where the classes together would take more than <paramref name="keep"/>, the floor is the largest for which they do not.
    /// </param>
    /// <returns>Places, ascending.</returns>
    public static int[] Take(ReadOnlySpan<int> order, ReadOnlySpan<int> labels, int keep, int floor)
    {
        var sizes = new Dictionary<int, int>();
        foreach (int place in order)
            sizes[labels[place]] = sizes.GetValueOrDefault(labels[place]) + 1;
        int reached = LargestFloor(sizes.Values, keep, floor);
        var open = sizes.ToDictionary(static size => size.Key, size => Math.Min(size.Value, reached));
        var taken = new bool[labels.Length];
        int left = keep;
        foreach (int place in order)
        {
            if (open[labels[place]] > 0)
            {
                open[labels[place]]--;
                taken[place] = true;
                left--;
            }
        }

        foreach (int place in order)
        {
            if (left == 0)
                break;
            if (!taken[place])
            {
                taken[place] = true;
                left--;
            }
        }

        return [.. Enumerable.Range(0, taken.Length).Where(place => taken[place])];
    }

    private static int LargestFloor(IReadOnlyCollection<int> sizes, int keep, int wanted)
    {
        int low = 0;
        int high = Math.Min(wanted, keep);
        while (low < high)
        {
            int middle = low + ((high - low + 1) / 2);
            if (sizes.Sum(size => (long)Math.Min(size, middle)) <= keep)
                low = middle;
            else
                high = middle - 1;
        }

        return low;
    }
}
