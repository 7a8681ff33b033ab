namespace Federated.Bench.Comparing;

/// <summary>The results of a comparison's subjects, round by round.</summary>
internal sealed class Rounds(Clock clock)
{
    private readonly Dictionary<string, List<Measurement>> results = new(StringComparer.Ordinal);

    /// <summary>Takes in the result of a subject's next round.</summary>
    public void Add(string subject, Measurement measurement)
    {
        if (!results.TryGetValue(subject, out List<Measurement>? list))
            results.Add(subject, list = []);
        list.Add(measurement);
    }

    /// <summary>One number of each round of a subject.</summary>
    public double[] Values(string subject, string field) => [.. results[subject].Select(measurement => measurement.Number(field))];

    /// <summary>The speed of each round of a subject: its rate, or how often its time fits into one unit.</summary>
    public double[] Speeds(string subject)
        => [.. results[subject].Select(measurement => measurement.IsRate ? Middle(measurement) : 1 / Middle(measurement))];

    /// <summary>The median over all rounds of a subject, with its unit.</summary>
    public string Describe(string subject)
        => $"{Numbers.Short(Quantiles.Median(results[subject].Select(Middle)))} {results[subject][0].Unit}";

    /// <summary>The first text of that name in any result, or null.</summary>
    public string? Text(string field) => results.Values.SelectMany(static list => list).Select(measurement => measurement.Text(field)).FirstOrDefault(static text => text is not null);

    /// <summary>Checks that all subjects that say so train the same number of parameters.</summary>
    /// <exception cref="ComparisonException">Two do not: they are not the same network.</exception>
    public void RequireSameNetworks()
    {
        (string Subject, double? Count)[] counts = [.. results.Select(static pair => (pair.Key, pair.Value[0].Find("parameters"))).Where(static pair => pair.Item2 is not null)];
        if (counts.DistinctBy(static pair => pair.Count).Skip(1).FirstOrDefault() is { Subject: not null } other)
            throw new ComparisonException($"{counts[0].Subject} trains {counts[0].Count:N0} parameters and {other.Subject} {other.Count:N0}: these are two networks.");
    }

    // A benchmark without processor times has its wall clock's taken.
    private double Middle(Measurement measurement)
        => (clock == Clock.Processor ? measurement.Find("processorMedian") : null) ?? measurement.Number("median");
}

/// <summary>Which times are compared.</summary>
internal enum Clock
{
    /// <summary>The wall clock's: right on a quiet machine.</summary>
    Wall,

    /// <summary>The processor's: steadier where others use the machine at the same time; right for one thread only.</summary>
    Processor,
}
