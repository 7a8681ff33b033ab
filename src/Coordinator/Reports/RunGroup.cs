using System.Collections.Immutable;
using Federated.Coordinator.Runs;

namespace Federated.Coordinator.Reports;

/// <summary>Runs of one experiment that differ in the seed only, or a single run.</summary>
/// <param name="Label">Name of the experiment, numbered where different experiments share a name.</param>
/// <param name="Runs">The runs, by seed; each has a summary.</param>
internal sealed record RunGroup(string Label, ImmutableArray<RunContents> Runs)
{
    /// <summary>The summary of the first run; what does not depend on the seed is the same in all.</summary>
    public RunSummary First => Runs[0].Summary!;

    /// <summary>Puts runs of the same experiment together, in the order in which the experiments were given. The same seed twice counts once.</summary>
    public static ImmutableArray<RunGroup> From(IEnumerable<RunContents> runs)
    {
        List<RunGroup> groups = [];
        Dictionary<string, int> labels = new(StringComparer.Ordinal);
        foreach (IGrouping<string, RunContents> group in runs.GroupBy(run => WithoutSeed(run.Specification), StringComparer.Ordinal))
        {
            string name = group.First().Summary!.Name;
            int number = labels[name] = labels.GetValueOrDefault(name) + 1;
            groups.Add(new(number == 1 ? name : $"{name} ({number})", [.. group.DistinctBy(run => run.Summary!.Seed).OrderBy(run => run.Summary!.Seed)]));
        }

        return [.. groups];
    }

    /// <summary>Mean over the runs, and the sample standard deviation when there are several.</summary>
    public (double Mean, double? Deviation) Over(Func<RunSummary, double> value)
    {
        ImmutableArray<double> values = [.. Runs.Select(run => value(run.Summary!))];
        double mean = values.Average();
        return (mean, values.Length > 1 ? Math.Sqrt(values.Sum(v => (v - mean) * (v - mean)) / (values.Length - 1)) : null);
    }

    /// <summary>Mean accuracy, its least and largest value, and mean bytes so far, at every round that all runs evaluated.</summary>
    public ImmutableArray<(int Round, double Mean, double Low, double High, double Bytes)> Curve()
    {
        ImmutableArray<Dictionary<int, (double Accuracy, double Bytes)>> curves = [.. Runs.Select(Evaluated)];
        return [.. curves[0].Keys.Where(round => curves.All(curve => curve.ContainsKey(round))).Order().Select(round =>
        {
            ImmutableArray<double> accuracies = [.. curves.Select(curve => curve[round].Accuracy)];
            return (round, accuracies.Average(), accuracies.Min(), accuracies.Max(), curves.Average(curve => curve[round].Bytes));
        })];
    }

    private static Dictionary<int, (double Accuracy, double Bytes)> Evaluated(RunContents run)
    {
        ImmutableArray<long> bytes = AccuracySection.CumulativeBytes(run.Rounds);
        return run.Rounds.Index().Where(entry => entry.Item.Accuracy is not null)
            .ToDictionary(entry => entry.Item.Round, entry => (entry.Item.Accuracy!.Value, (double)bytes[entry.Index]));
    }

    private static string WithoutSeed(string specification) =>
        string.Join('\n', specification.Split('\n').Select(line => line.TrimEnd()).Where(line => line.Length > 0 && !line.StartsWith("seed:", StringComparison.Ordinal)));
}
