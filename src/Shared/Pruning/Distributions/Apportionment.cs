namespace Federated.Pruning.Distributions;

/// <summary>
/// Divides a whole number over parties in proportion to weights, within a minimum and maximum for each, exactly.
/// First the factor f with Σ clamp(f·wᵢ, minᵢ, maxᵢ) = total is solved (for Erdős–Rényi weights this is the published loop that makes over-full layers dense and
/// solves ε again), then the shares are rounded by largest remainder, ties to the lower index.
/// </summary>
internal static class Apportionment
{
    /// <summary>Whole shares that add up to exactly <paramref name="total"/>.</summary>
    /// <exception cref="ArgumentException">The total is outside Σ min … Σ max.</exception>
    public static int[] Divide(int total, ReadOnlySpan<double> weights, ReadOnlySpan<int> minimum, ReadOnlySpan<int> maximum)
    {
        double factor = Factor(total, weights, minimum, maximum);
        double[] shares = new double[weights.Length];
        int[] counts = new int[weights.Length];
        int left = total;
        for (int i = 0; i < shares.Length; i++)
        {
            shares[i] = Math.Clamp(factor * weights[i], minimum[i], maximum[i]);
            counts[i] = (int)shares[i];
            left -= counts[i];
        }

        // At most one step per party, plus one where the factor's rounding put a whole share just under or over a whole number.
        for (; left > 0; left--)
            counts[Furthest(shares, counts, maximum, +1)]++;
        for (; left < 0; left++)
            counts[Furthest(shares, counts, minimum, -1)]--;
        return counts;
    }

    /// <summary>The factor by which the weights are multiplied; infinite when every party takes its maximum.</summary>
    public static double Factor(int total, ReadOnlySpan<double> weights, ReadOnlySpan<int> minimum, ReadOnlySpan<int> maximum)
    {
        long atLeast = 0;
        long atMost = 0;
        // Between two neighbouring breakpoints the clamped sum is linear in the factor.
        double[] breakpoints = new double[2 * weights.Length];
        for (int i = 0; i < weights.Length; i++)
        {
            if (!(weights[i] > 0))
                throw new ArgumentException($"Weight {i} is {weights[i]}; weights are positive.", nameof(weights));
            atLeast += minimum[i];
            atMost += maximum[i];
            breakpoints[2 * i] = minimum[i] / weights[i];
            breakpoints[(2 * i) + 1] = maximum[i] / weights[i];
        }

        if (total < atLeast || total > atMost)
            throw new ArgumentException($"{total} cannot be divided within bounds that add up to {atLeast} at least and {atMost} at most.", nameof(total));
        if (total == atMost)
            return double.PositiveInfinity;
        Array.Sort(breakpoints);
        int low = 0;
        int high = breakpoints.Length - 1;
        while (high - low > 1)
        {
            int middle = (low + high) / 2;
            if (ClampedSum(breakpoints[middle], weights, minimum, maximum) <= total)
                low = middle;
            else
                high = middle;
        }

        double between = 0.5 * (breakpoints[low] + breakpoints[high]);
        double fixedSum = 0;
        double freeWeight = 0;
        for (int i = 0; i < weights.Length; i++)
        {
            double share = between * weights[i];
            if (share <= minimum[i])
                fixedSum += minimum[i];
            else if (share >= maximum[i])
                fixedSum += maximum[i];
            else
                freeWeight += weights[i];
        }

        return freeWeight > 0 ? (total - fixedSum) / freeWeight : between;
    }

    private static double ClampedSum(double factor, ReadOnlySpan<double> weights, ReadOnlySpan<int> minimum, ReadOnlySpan<int> maximum)
    {
        double sum = 0;
        for (int i = 0; i < weights.Length; i++)
            sum += Math.Clamp(factor * weights[i], minimum[i], maximum[i]);
        return sum;
    }

    private static int Furthest(ReadOnlySpan<double> shares, ReadOnlySpan<int> counts, ReadOnlySpan<int> bound, int direction)
    {
        int best = -1;
        double largest = double.NegativeInfinity;
        for (int i = 0; i < shares.Length; i++)
        {
            double distance = direction * (shares[i] - counts[i]);
            if (counts[i] != bound[i] && distance > largest)
            {
                best = i;
                largest = distance;
            }
        }

        return best;
    }
}
