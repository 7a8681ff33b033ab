using System.Collections.Immutable;
using Federated.Coordinator.Runs;

namespace Federated.Coordinator.Reports;

/// <summary>Accuracy against rounds and against bytes, and the losses.</summary>
internal static class AccuracySection
{
    /// <summary>Writes the section.</summary>
    public static void Write(ReportPage page, RunContents run)
    {
        page.Section("Accuracy");
        ImmutableArray<RoundRecord> rounds = run.Rounds;
        ImmutableArray<RoundRecord> evaluated = [.. rounds.Where(record => record.Accuracy is not null)];
        if (evaluated.IsEmpty)
            page.Paragraph("No round was evaluated.");
        else
            WriteAccuracy(page, rounds, evaluated);

        List<LineSeries> losses = [];
        Add(losses, "test", rounds, record => record.Loss, 0);
        Add(losses, "training", rounds, record => record.TrainingLoss, 1);
        if (losses.Count > 0)
        {
            Axis y = Axis.Nice(0, losses.Max(line => line.Points.Max(point => point.Y)), 5, value => $"{value:0.0##}", "mean loss");
            page.Figure("Loss", "Cross-entropy on the test set and, weighted by samples, over the clients' training steps.",
                LineChart.Draw("loss", "Loss by round", $"Last values: {string.Join(", ", losses.Select(line => $"{line.Name} {line.Points[^1].Y:0.000}"))}.", Axis.Rounds(rounds), y, losses));
        }
    }

    /// <summary>The vertical axis for accuracies: from 0 unless all lie close together far above it.</summary>
    public static Axis AccuracyAxis(IEnumerable<double> values)
    {
        double low = 1, high = 0;
        foreach (double value in values)
            (low, high) = (Math.Min(low, value), Math.Max(high, value));
        Axis axis = Axis.Nice(low > 0.6 ? low - 0.02 : 0, Math.Min(1, Math.Max(high, 0.01)), 5, Quantity.PercentTick, "test accuracy");
        return axis with { Format = value => axis.Ticks.Contains(value) ? Quantity.PercentTick(value) : $"{value * 100:0.0} %" };
    }

    /// <summary>Bytes in both directions up to and with every round.</summary>
    public static ImmutableArray<long> CumulativeBytes(ImmutableArray<RoundRecord> rounds)
    {
        long sum = 0;
        return [.. rounds.Select(record => sum += record.BytesUp + record.BytesDown)];
    }

    private static void WriteAccuracy(ReportPage page, ImmutableArray<RoundRecord> rounds, ImmutableArray<RoundRecord> evaluated)
    {
        Axis y = AccuracyAxis(evaluated.Select(record => record.Accuracy!.Value));
        RoundRecord best = evaluated.MaxBy(record => record.Accuracy)!;
        string description = $"Best {Quantity.Percent(best.Accuracy!.Value)} after round {best.Round}, last {Quantity.Percent(evaluated[^1].Accuracy!.Value)} after round {evaluated[^1].Round}.";
        page.Figure("Test accuracy by round", description, LineChart.Draw("accuracy", "Test accuracy by round", description, Axis.Rounds(rounds), y,
            [new("accuracy", [.. evaluated.Select(record => ((double)record.Round, record.Accuracy!.Value))])]));

        ImmutableArray<long> bytes = CumulativeBytes(rounds);
        Axis x = Axis.Nice(0, bytes[^1], 5, Quantity.BytesTick, "bytes up and down, all clients, so far");
        page.Figure("Test accuracy by bytes", $"What the accuracy cost in communication: {Quantity.Bytes(bytes[^1])} in all.",
            LineChart.Draw("accuracy-bytes", "Test accuracy by cumulative bytes", $"{description} {Quantity.Exact(bytes[^1])} bytes in all.", x, y,
                [new("accuracy", [.. evaluated.Select(record => ((double)bytes[record.Round - rounds[0].Round], record.Accuracy!.Value))])]));
    }

    private static void Add(List<LineSeries> lines, string name, ImmutableArray<RoundRecord> rounds, Func<RoundRecord, double?> value, int color)
    {
        ImmutableArray<(double, double)> points = [.. rounds.Where(record => value(record) is not null).Select(record => ((double)record.Round, value(record)!.Value))];
        if (!points.IsEmpty)
            lines.Add(new(name, points) { Color = color });
    }
}
