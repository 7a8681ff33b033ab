namespace Federated.Bench;

/// <summary>Quantiles of a few measured values.</summary>
internal static class Quantiles
{
    /// <summary>The value below which the given share of the values lies, linear between neighbours, as NumPy and R (type 7) define it; 0.5 is the median.</summary>
    /// <param name="sorted">At least one value, ascending.</param>
    /// <param name="share">0…1.</param>
    public static double Of(IReadOnlyList<double> sorted, double share)
    {
        double place = share * (sorted.Count - 1);
        int below = (int)place;
        int above = Math.Min(below + 1, sorted.Count - 1);
        return sorted[below] + ((place - below) * (sorted[above] - sorted[below]));
    }

    /// <summary>The median of values in any order.</summary>
    public static double Median(IEnumerable<double> values) => Of([.. values.Order()], 0.5);
}
