using System.Text.Json;
using System.Text.RegularExpressions;
using Xunit;

namespace Federated.EndToEnd;

/// <summary>Whole runs through the real command line.</summary>
public sealed partial class RunTests(SmallExperiment experiment) : IClassFixture<SmallExperiment>
{
    [Fact]
    public void A_run_leaves_a_summary_with_every_figure()
    {
        JsonElement summary = experiment.Summary;

        Assert.Equal("small", summary.GetProperty("name").GetString());
        Assert.Equal("fedtiny", summary.GetProperty("method").GetString());
        Assert.Equal("resnet-20", summary.GetProperty("model").GetString());
        Assert.Equal("synthetic", summary.GetProperty("dataset").GetString());
        Assert.Equal((1, 6, 6, 5), (summary.GetProperty("seed").GetInt32(), summary.GetProperty("rounds").GetInt32(), summary.GetProperty("roundsPlanned").GetInt32(), summary.GetProperty("clients").GetInt32()));
        Assert.InRange(summary.GetProperty("density").GetDouble(), 0.05, 0.1001);
        Assert.InRange(summary.GetProperty("finalAccuracy").GetDouble(), 0.05, 1);
        Assert.True(summary.GetProperty("bestAccuracy").GetDouble() >= summary.GetProperty("finalAccuracy").GetDouble());
        Assert.InRange(summary.GetProperty("parametersKept").GetInt64(), 1, summary.GetProperty("parameters").GetInt64() - 1);
        foreach (string field in new[] { "flopsPerClientRound", "peakClientMemoryBytes", "activationBytes", "workerArenaBytes", "virtualSeconds", "wallSeconds" })
            Assert.True(summary.GetProperty(field).GetDouble() > 0, field);
        foreach (string field in new[] { "modelSha256", "ledgerSha256" })
            Assert.Matches("^[0-9a-f]{64}$", summary.GetProperty(field).GetString());

        Dictionary<string, long> byKind = summary.GetProperty("bytesByKind").EnumerateObject().ToDictionary(kind => kind.Name, kind => kind.Value.GetInt64());
        Assert.Equal(summary.GetProperty("bytesUp").GetInt64(), byKind.Where(kind => kind.Key.StartsWith("up/", StringComparison.Ordinal)).Sum(kind => kind.Value));
        Assert.Equal(summary.GetProperty("bytesDown").GetInt64(), byKind.Where(kind => kind.Key.StartsWith("down/", StringComparison.Ordinal)).Sum(kind => kind.Value));
    }

    [Fact]
    public void A_run_leaves_a_record_per_round_and_the_model()
    {
        JsonElement[] rounds = [.. File.ReadLines(Path.Combine(experiment.Finished, "rounds.jsonl")).Select(line => JsonDocument.Parse(line).RootElement)];

        Assert.Equal(6, rounds[^1].GetProperty("round").GetInt32());
        Assert.Equal(experiment.Summary.GetProperty("bytesUp").GetInt64(), rounds.Sum(round => round.GetProperty("bytesUp").GetInt64()));
        Assert.Equal(experiment.Summary.GetProperty("bytesDown").GetInt64(), rounds.Sum(round => round.GetProperty("bytesDown").GetInt64()));
        Assert.True(new FileInfo(Path.Combine(experiment.Finished, "model.safetensors")).Length > 4 * experiment.Summary.GetProperty("parametersKept").GetInt64());
    }

    [Fact]
    public void The_report_is_one_file_that_loads_nothing()
    {
        string html = File.ReadAllText(Path.Combine(experiment.Finished, "report.html"));

        Assert.Contains("small", html, StringComparison.Ordinal);
        Assert.Contains("</html>", html, StringComparison.Ordinal);
        Assert.DoesNotMatch(LoadsSomething(), html);
    }

    [Fact]
    public async Task The_same_seed_gives_the_same_bits_and_another_seed_others()
    {
        experiment.AssertSameResult(await experiment.RunAsync("again", ["--workers", "1"]));

        JsonElement other = await experiment.RunAsync("seed", ["--seed", "2"]);
        Assert.NotEqual(experiment.Summary.GetProperty("modelSha256").GetString(), other.GetProperty("modelSha256").GetString());
    }

    [Fact]
    public async Task The_number_of_workers_does_not_matter() => experiment.AssertSameResult(await experiment.RunAsync("workers", ["--workers", "2"]));

    [Theory]
    [InlineData("DOTNET_EnableAVX512")]
    [InlineData("DOTNET_EnableAVX2")]
    public async Task The_width_of_vectors_does_not_matter(string variable) => experiment.AssertSameResult(
        await experiment.RunAsync(variable, ["--workers", "2"], new Dictionary<string, string>(StringComparer.Ordinal) { [variable] = "0" }));

    [Fact]
    public async Task The_stored_experiment_gives_the_same_result()
    {
        string folder = Path.Combine(experiment.Folder, "stored");
        ProcessResult result = await FederatedProcess.RunAsync(["run", Path.Combine(experiment.Finished, "experiment.yaml"), "--out", folder]);

        Assert.True(result.ExitCode == 0, result.Error);
        experiment.AssertSameResult(SmallExperiment.ReadSummary(folder));
    }

    [Fact]
    public async Task A_finished_run_that_is_run_again_stays_as_it_is() => experiment.AssertSameResult(await experiment.RunAsync("finished", []));

    [Fact]
    public async Task An_interrupted_run_saves_and_continues_to_the_same_result()
    {
        // Six rounds may be over before the signal arrives.
        string[] rounds = ["--set", "rounds=80"];
        JsonElement whole = await experiment.RunAsync("uninterrupted", rounds);
        string folder = Path.Combine(experiment.Folder, "interrupted");
        using (FederatedProcess process = FederatedProcess.Start(["run", experiment.File, "--out", folder, "--json", .. rounds]))
        {
            await process.SeeAsync(line => line.Contains("\"round\":1,", StringComparison.Ordinal));
            process.Interrupt();
            ProcessResult result = await process.EndAsync();
            Assert.True(result.ExitCode == 130, $"exit code {result.ExitCode}\n{result.Output}\n{result.Error}");
            Assert.Contains("once more stops at once", result.Error, StringComparison.Ordinal);
        }

        Assert.InRange(SmallExperiment.ReadSummary(folder).GetProperty("rounds").GetInt32(), 1, 79);
        Assert.True(File.Exists(Path.Combine(folder, "report.html")));
        JsonElement continued = await experiment.RunAsync("interrupted", ["--workers", "2", .. rounds]);
        foreach (string hash in (string[])["modelSha256", "ledgerSha256"])
            Assert.Equal(whole.GetProperty(hash).GetString(), continued.GetProperty(hash).GetString());
    }

    [Fact]
    public async Task A_killed_run_continues_to_the_same_result()
    {
        using (FederatedProcess process = FederatedProcess.Start(["run", experiment.File, "--out", Path.Combine(experiment.Folder, "killed"), "--json"]))
        {
            await process.SeeAsync(line => line.Contains("\"round\":2,", StringComparison.Ordinal));
            process.Kill();
            await process.EndAsync();
        }

        experiment.AssertSameResult(await experiment.RunAsync("killed", []));
    }

    [Fact]
    public async Task Json_output_is_one_object_a_line_with_the_summary_last()
    {
        ProcessResult result = await FederatedProcess.RunAsync(["run", experiment.File, "--out", Path.Combine(experiment.Folder, "json"), "--set", "rounds=1", "--json"]);

        Assert.Equal(0, result.ExitCode);
        JsonElement[] lines = [.. result.Output.TrimEnd().Split('\n').Select(line => JsonDocument.Parse(line).RootElement)];
        Assert.Equal(1, lines[^2].GetProperty("round").GetInt32());
        Assert.Equal(64, lines[^1].GetProperty("modelSha256").GetString()!.Length);
    }

    [Fact]
    public async Task A_plan_agrees_with_the_run_where_it_says_so()
    {
        ProcessResult result = await FederatedProcess.RunAsync(["plan", experiment.File, "--json"]);

        Assert.True(result.ExitCode == 0, result.Error);
        using JsonDocument plan = JsonDocument.Parse(result.Output);
        string[] exact = [.. plan.RootElement.GetProperty("exactKinds").EnumerateArray().Select(kind => kind.GetString()!)];
        Assert.Contains("up/sparseValues", exact);
        foreach (string kind in exact)
            Assert.Equal((kind, experiment.Summary.GetProperty("bytesByKind").GetProperty(kind).GetInt64()), (kind, plan.RootElement.GetProperty("bytesByKind").GetProperty(kind).GetInt64()));
        Assert.Equal(experiment.Summary.GetProperty("peakClientMemoryBytes").GetInt64(), plan.RootElement.GetProperty("peakClientMemoryBytes").GetInt64());
    }

    [GeneratedRegex("""(src|href)\s*=\s*["']?(?!#|data:)|@import|url\(\s*["']?(?!#|data:)|<script[^>]+src""", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex LoadsSomething();
}
