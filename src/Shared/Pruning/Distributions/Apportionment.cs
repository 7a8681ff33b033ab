namespace Federated.Pruning.Distributions;

/// <summary>
/// Divides a whole number over parties in proportion to weights, within a minimum and maximum for each, exactly.
/// First the factor f with Σ clamp(f·wᵢ, minᵢ, maxᵢ) = total is solved (for Erdős–Rényi weights this is the published loop that makes over-full layers dense and
/// solves ε again), then the shares are rounded by largest remainder, ties to the lower index.
/// </summary>
public static class Apportionment
{
    /// <summary>Whole shares that add up to exactly <paramref name="total"/>.</summary>
    /// <param name="total">The number to divide.</param>
    /// <param name="weights">Positive weight of each party.</param>
    /// <param name="minimum">Least share of each party.</param>
    /// <param name="maximum">Greatest share of each party, at least its minimum.</param>
    /// <exception cref="ArgumentException">The total is outside Σ min … Σ max, or a weight is not positive.</exception>
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

        // The remainders add up to what is left, so that one turn is enough, but for the factor's rounding, which can put a whole share just beside a whole number.
        int direction = Math.Sign(left);
        int[] order = [.. Enumerable.Range(0, counts.Length).OrderByDescending(i => direction * (shares[i] - counts[i]))];
        while (left != 0)
        {
            foreach (int i in order)
            {
                if (left == 0)
                    break;
                if (counts[i] == (direction > 0 ? maximum[i] : minimum[i]))
                    continue;
                counts[i] += direction;
                left -= direction;
            }
        }

        return counts;
    }

    /// <summary>The factor by which the weights are multiplied; infinite when every party takes its maximum.</summary>
    internal static double Factor(int total, ReadOnlySpan<double> weights, ReadOnlySpan<int> minimum, ReadOnlySpan<int> maximum)
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
}
