namespace Federated.Methods.Experiments;

/// <summary>Finds what a mistyped name was probably meant to be.</summary>
public static class NearestName
{
    // Typed names longer than this are not names; the bound keeps the quadratic distance cheap whatever a file holds.
    private const int LongestName = 100;

    /// <summary>
    /// The candidate with the smallest edit distance to <paramref name="typed"/> (case and the characters '-' and '_' do not count), or null when none
    /// is near: more than a third of the letters would have to change. Of equally near ones, the first.
    /// </summary>
    public static string? Of(string typed, IEnumerable<string> candidates)
    {
        if (typed.Length is 0 or > LongestName)
            return null;

        string plain = Plain(typed);
        string? best = null;
        int bestDistance = int.MaxValue;
        foreach (string candidate in candidates)
        {
            string other = Plain(candidate);
            int distance = Distance(plain, other);
            if (distance <= Math.Max(plain.Length, other.Length) / 3 && distance < bestDistance)
                (best, bestDistance) = (candidate, distance);
        }

        return best;
    }

    /// <summary>A way out for a message: "did you mean 'x'?" for the nearest candidate, or the whole list where none is near.</summary>
    public static string Remedy(string typed, IReadOnlyCollection<string> candidates) =>
        Of(typed, candidates) is string near ? $"did you mean '{near}'?" : $"choose one of: {string.Join(", ", candidates)}";

    /// <summary>The optimal string alignment distance: insertions, deletions, replacements and swaps of neighbours cost 1 each.</summary>
    internal static int Distance(string a, string b)
    {
        int[,] cost = new int[a.Length + 1, b.Length + 1];
        for (int i = 0; i <= a.Length; i++)
            cost[i, 0] = i;
        for (int j = 0; j <= b.Length; j++)
            cost[0, j] = j;
        for (int i = 1; i <= a.Length; i++)
        {
            for (int j = 1; j <= b.Length; j++)
            {
                int change = a[i - 1] == b[j - 1] ? 0 : 1;
                cost[i, j] = Math.Min(Math.Min(cost[i - 1, j] + 1, cost[i, j - 1] + 1), cost[i - 1, j - 1] + change);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                    cost[i, j] = Math.Min(cost[i, j], cost[i - 2, j - 2] + 1);
            }
        }

        return cost[a.Length, b.Length];
    }

    private static string Plain(string name) => name.Replace("-", "", StringComparison.Ordinal).Replace("_", "", StringComparison.Ordinal).ToLowerInvariant();
}
