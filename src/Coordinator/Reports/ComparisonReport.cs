using System.Collections.Immutable;
using System.Text;
using Federated.Coordinator.Runs;

namespace Federated.Coordinator.Reports;

/// <summary>Runs side by side: a table and overlaid curves. Runs that differ in the seed only are one row, with mean and standard deviation.</summary>
public static class ComparisonReport
{
    private const int LongestLabel = 20;

    /// <summary>Columns from here on stand in a table of their own on the page, which has no room for all in one.</summary>
    private const int CostColumn = 8;

    /// <summary>Reads finished runs for a comparison.</summary>
    /// <param name="folders">Paths of run folders.</param>
    /// <exception cref="RunFolderException">A folder holds no finished run, or is corrupt.</exception>
    public static ImmutableArray<RunContents> Read(IEnumerable<string> folders)
    {
        ImmutableArray<RunContents>.Builder runs = ImmutableArray.CreateBuilder<RunContents>();
        foreach (string path in folders)
        {
            using RunFolder folder = RunFolder.Open(path);
            RunContents run = RunContents.Read(folder);
            if (run.Summary is null || run.Rounds.IsEmpty)
                throw new RunFolderException(folder.PathOf(RunFolder.SummaryFile), "is missing, because the run has not finished; finish it with `federated run`, or leave it out");
            runs.Add(run);
        }

        return runs.ToImmutable();
    }

    /// <summary>The table in Markdown, as GitHub and Pandoc read it.</summary>
    /// <param name="runs">Finished runs: each has a summary and rounds.</param>
    public static string ToMarkdown(IReadOnlyList<RunContents> runs)
    {
        ImmutableArray<RunGroup> groups = RunGroup.From(runs);
        string[] head = Head(groups);
        StringBuilder text = new();
        text.Append($"| {string.Join(" | ", head.Select(Cell))} |\n");
        text.Append($"| {string.Join(" | ", head.Select((_, column) => column < 2 ? ":---" : "---:"))} |\n");
        foreach (string[] row in Rows(groups))
            text.Append($"| {string.Join(" | ", row.Select(Cell))} |\n");
        return text.ToString();
    }

    /// <summary>The comparison as a page.</summary>
    /// <param name="runs">Finished runs: each has a summary and rounds.</param>
    public static string ToHtml(IReadOnlyList<RunContents> runs)
    {
        ImmutableArray<RunGroup> groups = RunGroup.From(runs);
        ReportPage page = new();
        bool several = groups.Any(group => group.Runs.Length > 1);
        page.Section("Results", several ? "Runs that differ in the seed only are one row: mean ± standard deviation over the seeds." : null);
        page.Table(Head(groups)[..CostColumn], Rows(groups).Select(row => row[..CostColumn]), null, 1);
        WriteCurves(page, groups, several);
        WriteCosts(page, groups);
        WriteKinds(page, groups);
        page.Section("Runs");
        page.Table(["experiment", "seed", "final accuracy", "SHA-256 of the model", "SHA-256 of the ledger"], groups.SelectMany(group => group.Runs.Select(IReadOnlyList<string> (run) =>
            [group.Label, run.Summary!.Seed.ToString(), Quantity.Percent(run.Summary.FinalAccuracy), run.Summary.ModelSha256, run.Summary.LedgerSha256])), null, 3, 4);
        return page.ToHtml("Comparison – Federated", "Comparison", string.Join(", ", groups.Select(group => group.Label)), groups[0].First.Version);
    }

    private static string[] Head(ImmutableArray<RunGroup> groups) =>
        ["experiment", "method", "seeds", "rounds", "density", "final accuracy", "best accuracy", $"bytes to {Quantity.Percent(Target(groups))}", "bytes up", "bytes down", "FLOPs per client and round", "peak training state", "virtual time"];

    private static IEnumerable<string[]> Rows(ImmutableArray<RunGroup> groups)
    {
        double target = Target(groups);
        foreach (RunGroup group in groups)
        {
            yield return
            [
                group.Label,
                group.First.Method,
                group.Runs.Length.ToString(),
                Quantity.Exact((long)group.Over(summary => summary.Rounds).Mean),
                Quantity.Percent(group.Over(summary => summary.Density).Mean),
                Accuracy(group.Over(summary => summary.FinalAccuracy)),
                Accuracy(group.Over(summary => summary.BestAccuracy)),
                group.Curve().FirstOrDefault(point => point.Mean >= target) is { Round: > 0 } reached ? Quantity.Bytes(reached.Bytes) : "–",
                Spread(group.Over(summary => summary.BytesUp), Quantity.Bytes),
                Spread(group.Over(summary => summary.BytesDown), Quantity.Bytes),
                Spread(group.Over(summary => summary.FlopsPerClientRound), Quantity.Flops),
                Quantity.Bytes(group.Over(summary => summary.PeakClientMemoryBytes).Mean),
                Spread(group.Over(summary => summary.VirtualSeconds), Quantity.Duration),
            ];
        }
    }

    /// <summary>The accuracy that every experiment reaches: the lowest of their best, rounded down to a whole per cent, so that what it cost can be compared.</summary>
    private static double Target(ImmutableArray<RunGroup> groups)
    {
        ImmutableArray<double> best = [.. groups.Select(group => group.Curve().Select(point => point.Mean).DefaultIfEmpty(0).Max())];
        return Math.Floor(best.Min() * 100) / 100;
    }

    private static void WriteCurves(ReportPage page, ImmutableArray<RunGroup> groups, bool several)
    {
        ImmutableArray<(RunGroup Group, ImmutableArray<(int Round, double Mean, double Low, double High, double Bytes)> Curve)> curves =
            [.. groups.Select(group => (group, group.Curve())).Where(entry => !entry.Item2.IsEmpty)];
        if (curves.IsEmpty)
            return;
        page.Section("Accuracy");
        Axis y = AccuracySection.AccuracyAxis(curves.SelectMany(entry => entry.Curve).SelectMany(point => new[] { point.Low, point.High }));
        string caption = several ? "Mean over the seeds; the band goes from the lowest to the highest seed." : "One run each.";
        LineSeries Series(int index, Func<(int Round, double Mean, double Low, double High, double Bytes), double> x) =>
            new(BarChart.Shorten(curves[index].Group.Label, LongestLabel), [.. curves[index].Curve.Select(point => (x(point), point.Mean))])
            {
                Color = Palette.Wrap(index),
                Band = curves[index].Group.Runs.Length > 1 ? [.. curves[index].Curve.Select(point => (x(point), point.Low, point.High))] : [],
            };
        string description = string.Join("; ", curves.Select(entry => $"{entry.Group.Label}: {Quantity.Percent(entry.Curve[^1].Mean)} at the end"));
        page.Figure("Test accuracy by round", caption, LineChart.Draw("accuracy", "Test accuracy by round", description,
            Axis.Rounds(Math.Min(1, curves.Min(entry => entry.Curve[0].Round)), curves.Max(entry => entry.Curve[^1].Round)), y, [.. curves.Select((_, index) => Series(index, point => point.Round))], wide: true), wide: true);
        const string bytesTitle = "bytes up and down, all clients, so far";
        double least = curves.Min(entry => entry.Curve[0].Bytes), most = curves.Max(entry => entry.Curve[^1].Bytes);
        bool logarithmic = least >= 1 && most > 5 * curves.Min(entry => entry.Curve[^1].Bytes);
        Axis x = logarithmic ? Axis.Logarithmic(least, most, Quantity.BytesTick, bytesTitle + ", logarithmic") : Axis.Nice(0, most, 6, Quantity.BytesTick, bytesTitle);
        page.Figure("Test accuracy by bytes", "Bytes up and down of all clients, so far. Left is cheaper.", LineChart.Draw("accuracy-bytes", "Test accuracy by cumulative bytes", description,
            x, y, [.. curves.Select((_, index) => Series(index, point => logarithmic ? Quantity.Log10(Math.Max(1, point.Bytes)) : point.Bytes))], wide: true), wide: true);
    }

    private static void WriteCosts(ReportPage page, ImmutableArray<RunGroup> groups)
    {
        page.Section("Costs");
        page.Table([Head(groups)[0], .. Head(groups)[CostColumn..]], Rows(groups).Select(IReadOnlyList<string> (row) => [row[0], .. row[CostColumn..]]));
        Bars(page, groups, "bytes", "Bytes up and down", "All clients, all rounds.", summary => summary.BytesUp + summary.BytesDown, Quantity.Bytes);
        Bars(page, groups, "flops", "FLOPs per client and round", "Busiest client, busiest round.", summary => summary.FlopsPerClientRound, Quantity.Flops);
        Bars(page, groups, "memory", "Peak training state of a client", "By the method's formula, without activations.", summary => summary.PeakClientMemoryBytes, Quantity.Bytes);
        Bars(page, groups, "time", "Virtual time", "On the simulated devices.", summary => summary.VirtualSeconds, Quantity.Duration);
    }

    private static void Bars(ReportPage page, ImmutableArray<RunGroup> groups, string key, string heading, string caption, Func<RunSummary, double> value, Func<double, string> format)
    {
        List<(string, double)> bars = [.. groups.Select(group => (group.Label, group.Over(value).Mean))];
        page.Figure(heading, caption, BarChart.Draw(key, heading, string.Join(", ", bars.Select(bar => $"{bar.Item1} {format(bar.Item2)}")), bars, bars.Max(bar => bar.Item2), format));
    }

    private static void WriteKinds(ReportPage page, ImmutableArray<RunGroup> groups)
    {
        page.Section("Bytes by payload", groups.Any(group => group.Runs.Length > 1) ? "Mean over the seeds." : null);
        IEnumerable<string> kinds = groups.SelectMany(group => group.Runs).SelectMany(run => run.Summary!.BytesByKind.Keys).Distinct().Order(StringComparer.Ordinal);
        page.Table(["payload", .. groups.Select(group => group.Label)], kinds.Select(IReadOnlyList<string> (kind) =>
            [kind, .. groups.Select(group => Quantity.Exact((long)Math.Round(group.Over(summary => summary.BytesByKind.GetValueOrDefault(kind)).Mean)))]),
            ["all", .. groups.Select(group => Quantity.Exact((long)Math.Round(group.Over(summary => summary.BytesUp + summary.BytesDown).Mean)))]);
    }

    private static string Accuracy((double Mean, double? Deviation) value) =>
        value.Deviation is { } deviation ? $"{value.Mean * 100:0.00} ± {deviation * 100:0.00} %" : $"{value.Mean * 100:0.00} %";

    private static string Spread((double Mean, double? Deviation) value, Func<double, string> format) =>
        value.Deviation is { } deviation && deviation > 0 ? $"{format(value.Mean)} ± {format(deviation)}" : format(value.Mean);

    private static string Cell(string text) => text.Replace("|", "\\|", StringComparison.Ordinal).ReplaceLineEndings(" ");
}
