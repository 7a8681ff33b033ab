using System.Collections.Immutable;
using Federated.Coordinator.Runs;

namespace Federated.Coordinator.Reports;

/// <summary>Time on the simulated devices, and the work behind it.</summary>
internal static class TimeSection
{
    /// <summary>Writes the section.</summary>
    public static void Write(ReportPage page, RunContents run)
    {
        ImmutableArray<RoundRecord> rounds = run.Rounds;
        double sum = rounds.Sum(record => record.VirtualSeconds);
        page.Section("Time on the devices");
        Axis x = Axis.Rounds(rounds);
        double longest = rounds.Max(record => record.VirtualSeconds);
        // Above two minutes the axis counts in minutes and above two hours in hours, so that ticks stay round.
        (double unit, string name) = longest > 7200 ? (3600.0, "hours") : longest > 120 ? (60.0, "minutes") : (1.0, "seconds");
        Axis y = Axis.Nice(0, longest / unit, 5, value => $"{value:#,0.##}", $"virtual time of a round, {name}");
        string description = $"{Quantity.Duration(sum)} in all, {Quantity.Duration(sum / rounds.Length)} for a round on average, {Quantity.Duration(longest)} for the longest.";
        page.Figure("Virtual time by round", $"Per phase the slowest client, summed. {description}",
            LineChart.Draw("time", "Virtual time by round", description, x, y, [new("time", [.. rounds.Select(record => ((double)record.Round, record.VirtualSeconds / unit))])]));

        double most = rounds.Max(record => record.FlopsPerClient);
        page.Figure("Work by round", "Floating-point operations of the busiest client.",
            LineChart.Draw("flops", "Floating-point operations of the busiest client by round", $"At most {Quantity.Flops(most)}.", x,
                Axis.Nice(0, most, 5, Quantity.FlopsTick, "operations in the round"), [new("FLOPs", [.. rounds.Select(record => ((double)record.Round, record.FlopsPerClient))])]));
    }
}
