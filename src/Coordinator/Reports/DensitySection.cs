using System.Collections.Immutable;
using Federated.Coordinator.Runs;

namespace Federated.Coordinator.Reports;

/// <summary>Where the kept weights are, and how the mask moved.</summary>
internal static class DensitySection
{
    private const int MostColumns = 120;

    /// <summary>Writes the section.</summary>
    public static void Write(ReportPage page, RunContents run)
    {
        ImmutableArray<RoundRecord> rounds = run.Rounds;
        RoundRecord last = rounds[^1];
        int layers = rounds.Min(record => record.LayerDensities.Length);
        page.Section("Mask", $"Kept share of the prunable weights: {Quantity.Percent(last.Density)} after round {Quantity.Exact(last.Round)}.");
        if (layers > 0)
            WriteLayers(page, rounds, Names(run.Summary, layers));
        WriteChurn(page, rounds);
    }

    private static ImmutableArray<string> Names(RunSummary? summary, int layers) => summary is not null && summary.LayerNames.Length == layers
        ? [.. summary.LayerNames.Select(name => name.EndsWith(".weight", StringComparison.Ordinal) ? name[..^".weight".Length] : name)]
        : [.. Enumerable.Range(1, layers).Select(layer => $"tensor {layer}")];

    private static void WriteLayers(ReportPage page, ImmutableArray<RoundRecord> rounds, ImmutableArray<string> names)
    {
        RoundRecord last = rounds[^1];
        double highest = names.Select((_, layer) => last.LayerDensities[layer]).Max();
        List<(string, double)> bars = [.. names.Select((name, layer) => (name, last.LayerDensities[layer]))];
        page.Figure($"Density by layer after round {Quantity.Exact(last.Round)}", $"Input at the top. The track's end is {Quantity.Percent(highest)}.",
            BarChart.Draw("layers", "Density by layer at the end", string.Join(", ", bars.Select(bar => $"{bar.Item1} {Quantity.Percent(bar.Item2)}")), bars, highest, Quantity.Percent));

        int perColumn = (rounds.Length + MostColumns - 1) / MostColumns;
        ImmutableArray<RoundRecord> shown = [.. rounds.Chunk(perColumn).Select(chunk => chunk[^1])];
        HeatColumns columns = new(shown.Length, [.. Axis.Rounds(shown).Ticks.Select(tick => (shown.Index().First(entry => entry.Item.Round >= tick).Index, Quantity.Exact((long)tick)))], "round");
        ImmutableArray<double>[] values = [.. names.Select((_, layer) => shown.Select(record => record.LayerDensities[layer]).ToImmutableArray())];
        HeatScale scale = HeatScale.Over(values.SelectMany(row => row));
        page.Figure("Density by layer and round", scale.Logarithmic ? "Shades in equal steps of the logarithm." : "Shades in equal steps.",
            HeatMap.Draw("layer-rounds", "Density by layer and round", "Rows are layers, columns rounds; the density at the end is in the chart beside.", names, values, columns, scale, Quantity.PercentTick));
    }

    private static void WriteChurn(ReportPage page, ImmutableArray<RoundRecord> rounds)
    {
        int most = rounds.Max(record => record.MaskGrown);
        if (most == 0)
        {
            page.Paragraph("The mask did not change during the rounds.");
            return;
        }

        long sum = rounds.Sum(record => (long)record.MaskGrown);
        int moved = rounds.Count(record => record.MaskGrown > 0);
        string description = $"The mask changed in {Quantity.Exact(moved)} of {Quantity.Exact(rounds[^1].Round)} rounds, {Quantity.Exact(sum)} weights in all, at most {Quantity.Exact(most)} in a round.";
        page.Figure("Mask churn", "Kept weights that are new since the round before. " + description, ColumnChart.Draw("churn", "New weights by round", description,
            Axis.Rounds(rounds, margin: 0.6), Axis.Nice(0, most, 4, value => Quantity.Exact((long)value), "new weights"), [.. rounds.Select(record => (record.Round, (double)record.MaskGrown))]), wide: true);
    }
}
