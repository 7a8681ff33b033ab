using System.Globalization;
using System.Xml.Linq;
using Federated.Coordinator.Reports;
using Federated.Coordinator.Runs;
using Federated.Coordinator.Tests.Runs;
using Xunit;

namespace Federated.Coordinator.Tests.Reports;

public sealed class ComparisonReportTests
{
    private static readonly RunContents[] Runs =
    [
        Contents(new SampleRun { Method = "fedavg", Density = 1, Level = 0.89, Rounds = 40 }),
        Contents(new SampleRun { Method = "fedtiny", Density = 0.05, Level = 0.85, Rounds = 40, Seed = 1 }),
        Contents(new SampleRun { Method = "fedtiny", Density = 0.05, Level = 0.85, Rounds = 40, Seed = 2 }),
        Contents(new SampleRun { Method = "fedtiny", Density = 0.05, Level = 0.85, Rounds = 40, Seed = 3 }),
        Contents(new SampleRun { Method = "fedtiny", Density = 0.01, Level = 0.74, Rounds = 40, EvaluateEvery = 5 }),
    ];

    [Fact]
    public void Runs_that_differ_in_the_seed_only_are_one_row_with_mean_and_deviation()
    {
        string[] lines = ComparisonReport.ToMarkdown(Runs).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(5, lines.Length);
        double[] accuracies = [.. Runs[1..4].Select(run => run.Summary!.FinalAccuracy * 100)];
        double mean = accuracies.Sum() / 3;
        double deviation = Math.Sqrt(accuracies.Sum(value => (value - mean) * (value - mean)) / 2);
        Assert.StartsWith("| fedavg-1 | fedavg | 1 | 40 | 100.0 % |", lines[2], StringComparison.Ordinal);
        Assert.StartsWith($"| fedtiny-0.05 | fedtiny | 3 | 40 | 5.0 % | {mean.ToString("0.00", CultureInfo.InvariantCulture)} ± {deviation.ToString("0.00", CultureInfo.InvariantCulture)} % |", lines[3], StringComparison.Ordinal);
        Assert.All(lines, line => Assert.Equal(lines[0].Count(c => c == '|'), line.Count(c => c == '|')));
    }

    [Fact]
    public void Different_experiments_of_one_name_stay_apart_and_the_same_seed_counts_once()
    {
        RunContents run = Runs[1];
        string text = ComparisonReport.ToMarkdown([run, run, run with { Specification = run.Specification.Replace("momentum: 0.9", "momentum: 0.5", StringComparison.Ordinal) }]);
        Assert.Contains("| fedtiny-0.05 | fedtiny | 1 |", text, StringComparison.Ordinal);
        Assert.Contains("| fedtiny-0.05 (2) | fedtiny | 1 |", text, StringComparison.Ordinal);
    }

    [Fact]
    public void The_page_is_well_formed_and_has_exact_bytes_by_payload()
    {
        string html = ComparisonReport.ToHtml(Runs);
        if (Environment.GetEnvironmentVariable("REPORT_SAMPLES") is { Length: > 0 } folder)
            File.WriteAllText(Path.Combine(folder, "comparison.html"), html);
        XElement body = XElement.Parse(html[html.IndexOf("<body>", StringComparison.Ordinal)..html.IndexOf("</html>", StringComparison.Ordinal)]);
        Assert.Equal(6, body.Descendants().Count(element => element.Name.LocalName == "svg"));
        Assert.Contains($"<td>{Runs[0].Summary!.BytesUp + Runs[0].Summary!.BytesDown:N0}</td>", html, StringComparison.Ordinal);
        Assert.DoesNotContain("NaN", html, StringComparison.Ordinal);
    }

    [Fact]
    public void Runs_without_an_evaluation_can_be_compared() =>
        Assert.Contains("fedavg-1", ComparisonReport.ToHtml([Runs[0] with { Rounds = [.. Runs[0].Rounds.Select(record => record with { Accuracy = null })] }]), StringComparison.Ordinal);

    [Fact]
    public async Task An_unfinished_run_is_refused_with_the_way_out()
    {
        using TemporaryFolder temporary = new();
        (await RunFolder.CreateAsync(temporary.Path, "name: x\n")).Dispose();
        RunFolderException failure = Assert.Throws<RunFolderException>(() => ComparisonReport.Read([temporary.Path]));
        Assert.Contains("the run has not finished", failure.Message, StringComparison.Ordinal);
    }

    private static RunContents Contents(SampleRun sample) => new(sample.Specification(), sample.Records(), sample.Summary(), sample.ClientRecords());
}
