using System.Collections.Immutable;
using Federated.Coordinator.Runs;

namespace Federated.Coordinator.Reports;

/// <summary>The report of one run: <c>report.html</c>, one file that needs nothing else.</summary>
public static class RunReport
{
    private const int MostRowsOfRounds = 1000;
    private const int MostRowsOnPaper = 150;

    /// <summary>The report as a page.</summary>
    /// <param name="run">What the run folder holds; an unfinished run gives a report of the rounds so far.</param>
    public static string ToHtml(RunContents run)
    {
        ReportPage page = new();
        RunSummary? summary = run.Summary;
        Warn(page, run);
        if (!run.Rounds.IsEmpty)
        {
            page.Facts(Headline.Facts(run));
            page.Pairs(Headline.Details(run));
            AccuracySection.Write(page, run);
            BytesSection.Write(page, run);
            DensitySection.Write(page, run);
            if (!run.Clients.IsEmpty)
                ClientsSection.Write(page, run.Clients);
            TimeSection.Write(page, run);
            if (summary is not null)
                MemorySection.Write(page, summary);
            WriteRounds(page, run.Rounds);
        }

        WriteReproduction(page, run);
        string name = summary?.Name ?? "Run";
        string subheading = summary is null
            ? "Run without a summary"
            : $"{summary.Method} with {summary.Model} on {summary.Dataset}, {Quantity.Exact(summary.Clients)} {(summary.Clients == 1 ? "client" : "clients")}, {Quantity.Exact(summary.Rounds)} {(summary.Rounds == 1 ? "round" : "rounds")}, seed {summary.Seed}";
        return page.ToHtml($"{name} – Federated", name, subheading, summary?.Version ?? "");
    }

    private static void Warn(ReportPage page, RunContents run)
    {
        if (run.Summary is null)
            page.Paragraph($"The run has not finished: this is the state after {Quantity.Exact(run.Rounds.IsEmpty ? 0 : run.Rounds[^1].Round)} rounds.", "warning");
        else if (run.Summary.Rounds < run.Summary.RoundsPlanned)
            page.Paragraph($"The run was interrupted after {Quantity.Exact(run.Summary.Rounds)} of {Quantity.Exact(run.Summary.RoundsPlanned)} rounds; started again with the same experiment and folder it continues.", "warning");
    }

    private static void WriteRounds(ReportPage page, ImmutableArray<RoundRecord> rounds)
    {
        int step = (rounds.Length + MostRowsOfRounds - 1) / MostRowsOfRounds;
        page.Section("All rounds", (rounds[0].Round == 0 ? "Round 0 is the preparation before training. " : "") + (step > 1 ? $"One round in {step}. " : "") + (rounds.Length > MostRowsOnPaper ? "Left out on paper; rounds.jsonl holds all rounds." : ""));
        page.BeginFolded($"Table of {Quantity.Exact(rounds[^1].Round)} {(rounds[^1].Round == 1 ? "round" : "rounds")}", bulk: rounds.Length > MostRowsOnPaper);
        page.Table(
            ["round", "accuracy", "test loss", "training loss", "density", "new weights", "clients", "bytes up", "bytes down", "FLOPs, busiest client", "virtual time"],
            rounds.Where((_, index) => index % step == 0 || index == rounds.Length - 1).Select(IReadOnlyList<string> (record) =>
            [
                Quantity.Exact(record.Round),
                record.Accuracy is { } accuracy ? $"{accuracy * 100:0.00} %" : "–",
                record.Loss is { } loss ? $"{loss:0.0000}" : "–",
                record.TrainingLoss is { } trainingLoss ? $"{trainingLoss:0.0000}" : "–",
                Quantity.Percent(record.Density),
                Quantity.Exact(record.MaskGrown),
                Quantity.Exact(record.Clients),
                Quantity.Exact(record.BytesUp),
                Quantity.Exact(record.BytesDown),
                Quantity.Flops(record.FlopsPerClient),
                Quantity.Duration(record.VirtualSeconds),
            ]));
        page.EndFolded();
    }

    private static void WriteReproduction(ReportPage page, RunContents run)
    {
        page.Section("How to reproduce", "The result is a function of the experiment below, its seed and the program's version: any machine, any number of workers, the same bits. Save the text as experiment.yaml and run:");
        page.Preformatted("federated run experiment.yaml --out runs/again");
        if (run.Summary is { } summary)
        {
            page.Paragraph($"With Federated {summary.Version} the hashes of the model and of the ledger are then these:");
            page.Pairs([("model", summary.ModelSha256, true), ("ledger", summary.LedgerSha256, true)]);
        }

        page.Section("Resolved specification", "Every default filled in.");
        page.Preformatted(run.Specification);
    }
}
