namespace Federated.Bench.Comparing;

/// <summary>The ratio of two quantities that were measured in alternation.</summary>
internal sealed class PairStatistics
{
    /// <summary>The ratio of the first quantity to the second.</summary>
    /// <param name="first">One positive value for each round.</param>
    /// <param name="second">As many.</param>
    public PairStatistics(IReadOnlyList<double> first, IReadOnlyList<double> second)
    {
        if (first.Count == 0 || first.Count != second.Count)
            throw new ArgumentException($"Pairs are needed, not {first.Count} and {second.Count} values.", nameof(second));
        RatioOfMedians = Quantiles.Median(first) / Quantiles.Median(second);
        double[] ratios = [.. first.Zip(second, static (a, b) => a / b)];
        Least = ratios.Min();
        Greatest = ratios.Max();
    }

    /// <summary>Median of the first by median of the second.</summary>
    public double RatioOfMedians { get; }

    /// <summary>The least ratio of one round.</summary>
    public double Least { get; }

    /// <summary>The greatest ratio of one round.</summary>
    public double Greatest { get; }
}
