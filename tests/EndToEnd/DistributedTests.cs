using System.Text.Json;
using Xunit;

namespace Federated.EndToEnd;

/// <summary>The same experiment on several processes, through the real command line.</summary>
public sealed class DistributedTests(SmallExperiment experiment) : IClassFixture<SmallExperiment>
{
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task Local_nodes_give_the_bits_of_one_process(int nodes)
    {
        experiment.AssertSameResult(await experiment.RunAsync($"nodes-{nodes}", ["--nodes", $"{nodes}", "--slots", "1"]));

        string folder = Path.Combine(experiment.Folder, $"nodes-{nodes}");
        Assert.Equal(Enumerable.Range(1, nodes).Select(number => $"local-{number}.log"), Directory.GetFiles(Path.Combine(folder, "nodes")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.True(File.Exists(Path.Combine(folder, "report.html")));
        AssertSameFolder(folder);
    }

    [Fact]
    public async Task A_submitted_run_gives_the_bits_of_one_process()
    {
        await using TestFleet fleet = new(Path.Combine(experiment.Folder, "plain"));
        await fleet.StartCoordinatorAsync();
        fleet.StartNode("a");
        fleet.StartNode("b");
        ProcessResult submitted = await fleet.RunAsync("submit", experiment.File, "--watch");

        Assert.True(submitted.ExitCode == 0, $"exit code {submitted.ExitCode}\n{submitted.Output}\n{submitted.Error}\n{fleet.Written()}");
        Assert.Contains("round 6/6", submitted.Output, StringComparison.Ordinal);
        Assert.Contains("finished: accuracy", submitted.Output, StringComparison.Ordinal);
        string folder = Path.Combine(fleet.Runs, "small");
        experiment.AssertSameResult(SmallExperiment.ReadSummary(folder));
        AssertSameFolder(folder);

        // The same experiment again is the run that there is; it is watched to its end at once.
        ProcessResult again = await fleet.RunAsync("submit", experiment.File, "--watch", "--json");
        Assert.Equal(0, again.ExitCode);
        JsonElement[] lines = [.. again.Output.TrimEnd().Split('\n').Select(line => JsonDocument.Parse(line).RootElement)];
        Assert.Equal([0, 1, 2, 3, 4, 5, 6], lines[..^1].Select(line => line.GetProperty("round").GetInt32()));
        Assert.Equal(experiment.Summary.GetProperty("modelSha256").GetString(), lines[^1].GetProperty("modelSha256").GetString());

        // Another one under its name is not taken.
        ProcessResult other = await fleet.RunAsync("submit", experiment.File, "--seed", "2");
        Assert.Equal((2, ""), (other.ExitCode, other.Output));
        Assert.Contains("seed", other.Error, StringComparison.Ordinal);
        Assert.Contains("--name", other.Error, StringComparison.Ordinal);

        await AssertListedAsync(fleet);
    }

    [Fact]
    public async Task Mutual_tls_gives_the_bits_of_one_process_and_refuses_strangers()
    {
        string certificates = Path.Combine(experiment.Folder, "certs");
        ProcessResult made = await FederatedProcess.RunAsync(["certs", certificates, "--host", "127.0.0.1", "--node", "a", "--node", "b", "--user", "me"]);
        Assert.True(made.ExitCode == 0, made.Error);
        string[] CredentialsOf(string? name) => ["--ca", At("ca.crt"), "--cert", At($"{name ?? "me"}.crt"), "--key", At($"{name ?? "me"}.key")];
        string At(string file) => Path.Combine(certificates, file);

        await using TestFleet fleet = new(Path.Combine(experiment.Folder, "tls"))
        {
            Scheme = "https",
            ServeOptions = ["--tls-cert", At("coordinator.crt"), "--tls-key", At("coordinator.key"), "--client-ca", At("ca.crt")],
            Credentials = CredentialsOf,
        };
        await fleet.StartCoordinatorAsync();
        fleet.StartNode("a");
        fleet.StartNode("b");
        ProcessResult submitted = await fleet.RunAsync("submit", experiment.File, "--watch");

        Assert.True(submitted.ExitCode == 0, $"exit code {submitted.ExitCode}\n{submitted.Output}\n{submitted.Error}\n{fleet.Written()}");
        experiment.AssertSameResult(SmallExperiment.ReadSummary(Path.Combine(fleet.Runs, "small")));

        // Without a certificate, and without the authority of the coordinator's.
        foreach (string[] credentials in (string[][])[["--ca", At("ca.crt")], []])
        {
            ProcessResult refused = await FederatedProcess.RunAsync(["runs", "--coordinator", fleet.Url, .. credentials]);
            Assert.True(refused.ExitCode == 4, $"exit code {refused.ExitCode}: {refused.Error}");
            Assert.StartsWith("federated: the coordinator at ", refused.Error, StringComparison.Ordinal);
        }

        // A node is who its certificate says.
        ProcessResult impostor = await FederatedProcess.RunAsync(["node", "--coordinator", fleet.Url, "--name", "c", .. CredentialsOf("a")]);
        Assert.True(impostor.ExitCode == 4, $"exit code {impostor.ExitCode}: {impostor.Output}{impostor.Error}");
    }

    [Fact]
    public async Task A_stopped_run_is_continued_by_submitting_it_again()
    {
        string[] rounds = ["--set", "rounds=80"];
        JsonElement whole = await experiment.RunAsync("whole", rounds);
        await using TestFleet fleet = new(Path.Combine(experiment.Folder, "stopped"));
        await fleet.StartCoordinatorAsync();
        fleet.StartNode("a");
        using FederatedProcess watched = fleet.Begin(["submit", experiment.File, "--watch", .. rounds]);
        await watched.LineAsync(line => line.StartsWith("round 2/80", StringComparison.Ordinal));
        ProcessResult stopped = await fleet.RunAsync("stop", "small");

        Assert.True(stopped.ExitCode == 0, stopped.Error);
        Assert.Matches("^small: (stops when round|stopped after round) ", stopped.Output);
        ProcessResult ended = await watched.EndAsync();
        Assert.True(ended.ExitCode == 130, $"exit code {ended.ExitCode}\n{ended.Output}\n{ended.Error}\n{fleet.Written()}");
        Assert.Contains("small was stopped after round", ended.Output, StringComparison.Ordinal);
        Assert.InRange(SmallExperiment.ReadSummary(Path.Combine(fleet.Runs, "small")).GetProperty("rounds").GetInt32(), 2, 79);

        ProcessResult continued = await fleet.RunAsync(["submit", experiment.File, "--watch", .. rounds]);
        Assert.True(continued.ExitCode == 0, $"exit code {continued.ExitCode}\n{continued.Output}\n{continued.Error}\n{fleet.Written()}");
        AssertSameHashes(whole, SmallExperiment.ReadSummary(Path.Combine(fleet.Runs, "small")));
    }

    [Fact]
    public async Task A_coordinator_that_is_interrupted_saves_and_goes_on_at_its_next_start()
    {
        string[] rounds = ["--set", "rounds=80", "--seed", "3"];
        JsonElement whole = await experiment.RunAsync("whole-3", rounds);
        await using TestFleet fleet = new(Path.Combine(experiment.Folder, "served"));
        await fleet.StartCoordinatorAsync();
        fleet.StartNode("a");
        using FederatedProcess watched = fleet.Begin(["submit", experiment.File, "--watch", .. rounds]);
        await watched.LineAsync(line => line.StartsWith("round 2/80", StringComparison.Ordinal));
        fleet.Coordinator.Interrupt();
        ProcessResult interrupted = await fleet.Coordinator.EndAsync();
        Assert.True(interrupted.ExitCode == 0, $"exit code {interrupted.ExitCode}\n{fleet.Written()}");

        // The watcher and the node come back by themselves.
        await fleet.StartCoordinatorAsync();
        ProcessResult ended = await watched.EndAsync();
        Assert.True(ended.ExitCode == 0, $"exit code {ended.ExitCode}\n{ended.Output}\n{ended.Error}\n{fleet.Written()}");
        AssertSameHashes(whole, SmallExperiment.ReadSummary(Path.Combine(fleet.Runs, "small")));
        int[] shown = [.. ended.Output.Split('\n').Where(line => line.StartsWith("round ", StringComparison.Ordinal)).Select(line => int.Parse(line[6..line.IndexOf('/')]))];
        Assert.Equal(Enumerable.Range(0, 81), shown);
    }

    [Fact]
    public async Task What_there_is_not_is_named_with_the_way_out()
    {
        await using TestFleet fleet = new(Path.Combine(experiment.Folder, "empty"));
        await fleet.StartCoordinatorAsync();
        ProcessResult none = await fleet.RunAsync("runs");
        Assert.Equal((0, ""), (none.ExitCode, none.Error));
        Assert.Contains("no runs yet", none.Output, StringComparison.Ordinal);
        Assert.Contains("no nodes", none.Output, StringComparison.Ordinal);

        ProcessResult queued = await fleet.RunAsync("submit", experiment.File, "--name", "mine");
        Assert.True(queued.ExitCode == 0, queued.Error);
        foreach (string command in (string[])["watch", "stop"])
        {
            ProcessResult unknown = await fleet.RunAsync(command, "mime");
            Assert.Equal((2, ""), (unknown.ExitCode, unknown.Output));
            Assert.Contains("did you mean 'mine'?", unknown.Error, StringComparison.Ordinal);
        }

        ProcessResult stopped = await fleet.RunAsync("stop", "mine", "--now");
        Assert.True(stopped.ExitCode == 0, $"{stopped.Error}\n{fleet.Written()}");
    }

    [Fact]
    public async Task A_killed_local_node_is_started_again_and_the_result_stands()
    {
        string folder = Path.Combine(experiment.Folder, "killed-node");
        using FederatedProcess process = FederatedProcess.Start(
            ["run", experiment.File, "--out", folder, "--nodes", "2", "--slots", "1"],
            new Dictionary<string, string>(StringComparer.Ordinal) { ["FEDERATED_FAULT"] = "node.client-done" });
        ProcessResult result = await process.EndAsync();

        Assert.True(result.ExitCode == 0, $"exit code {result.ExitCode}\n{result.Output}\n{result.Error}");
        Assert.Contains("was killed (signal 9", result.Output, StringComparison.Ordinal);
        experiment.AssertSameResult(SmallExperiment.ReadSummary(folder));
    }

    [Fact]
    public async Task What_clients_hold_on_to_outlives_killed_nodes_and_a_killed_run()
    {
        string[] remember = ["--set", "training.dataPruning.kind=forgetting", "--set", "training.dataPruning.perClassFloor=1"];
        JsonElement whole = await experiment.RunAsync("remembering", [.. remember, "--workers", "2"]);
        Assert.NotEqual(experiment.Summary.GetProperty("modelSha256").GetString(), whole.GetProperty("modelSha256").GetString());

        string nodes = Path.Combine(experiment.Folder, "remembering-nodes");
        using FederatedProcess process = FederatedProcess.Start(
            ["run", experiment.File, "--out", nodes, "--nodes", "2", "--slots", "1", .. remember],
            new Dictionary<string, string>(StringComparer.Ordinal) { ["FEDERATED_FAULT"] = "node.client-done:5" });
        ProcessResult result = await process.EndAsync();
        Assert.True(result.ExitCode == 0, $"exit code {result.ExitCode}\n{result.Output}\n{result.Error}");
        Assert.Contains("was killed (signal 9", result.Output, StringComparison.Ordinal);
        AssertSameHashes(whole, SmallExperiment.ReadSummary(nodes));

        // Killed before and after the checkpoint of a round is on the disk: states of that round do not count, or do.
        foreach (string fault in (string[])["coordinator.record-written:4", "coordinator.checkpoint-written:4"])
        {
            string folder = Path.Combine(experiment.Folder, $"remembering-{fault.Replace(':', '-')}");
            ProcessResult killed = await FederatedProcess.RunAsync(
                ["run", experiment.File, "--out", folder, .. remember], new Dictionary<string, string>(StringComparer.Ordinal) { ["FEDERATED_FAULT"] = fault });
            Assert.True(killed.ExitCode == 128 + 9, $"exit code {killed.ExitCode}\n{killed.Output}\n{killed.Error}");
            ProcessResult continued = await FederatedProcess.RunAsync(["run", experiment.File, "--out", folder, .. remember]);
            Assert.True(continued.ExitCode == 0, $"exit code {continued.ExitCode}\n{continued.Output}\n{continued.Error}");
            AssertSameHashes(whole, SmallExperiment.ReadSummary(folder));
        }
    }

    private static async Task AssertListedAsync(TestFleet fleet)
    {
        ProcessResult listed = await fleet.RunAsync("runs");
        Assert.Equal((0, ""), (listed.ExitCode, listed.Error));
        Assert.Matches(@"(?m)^small +fedtiny +finished +6/6 ", listed.Output);
        Assert.Matches(@"(?m)^a +1 +connected ", listed.Output);
        Assert.Matches(@"(?m)^b +1 +connected ", listed.Output);
        using JsonDocument json = JsonDocument.Parse((await fleet.RunAsync("runs", "--json")).Output);
        Assert.Equal("finished", json.RootElement.GetProperty("runs")[0].GetProperty("status").GetString());
        Assert.True(json.RootElement.GetProperty("nodes").EnumerateArray().Sum(node => node.GetProperty("clientsDone").GetInt64()) > 0);
    }

    /// <summary>Everything but times is the same in the folder, to the byte.</summary>
    private void AssertSameFolder(string folder)
    {
        foreach (string file in (string[])["experiment.yaml", "ledger.csv", "clients.json", "model.safetensors", "masks.bin"])
            Assert.True(File.ReadAllBytes(Path.Combine(experiment.Finished, file)).AsSpan().SequenceEqual(File.ReadAllBytes(Path.Combine(folder, file))), $"{file} differs");
    }

    private static void AssertSameHashes(JsonElement expected, JsonElement actual)
    {
        foreach (string hash in (string[])["modelSha256", "ledgerSha256"])
            Assert.Equal(expected.GetProperty(hash).GetString(), actual.GetProperty(hash).GetString());
    }
}
