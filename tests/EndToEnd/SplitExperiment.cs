using System.Text.Json;
using Xunit;

namespace Federated.EndToEnd;

/// <summary>A small experiment whose model is cut, and one finished run of it that other runs are compared with.</summary>
public sealed class SplitExperiment : IAsyncLifetime
{
    private const string Yaml = """
        name: split
        rounds: 3
        data:
          set: synthetic
          trainSamples: 200
        clients:
          count: 6
          perRound: 4
        model:
          name: vit
          depth: 2
          dimension: 16
          heads: 2
          patch: 4
        training:
          epochs: 1
          batchSize: 16
          learningRate: { kind: constant, initial: 0.05 }
        method:
          name: sfprompt
        """;

    private readonly string folder = Directory.CreateTempSubdirectory("federated-split").FullName;
    private JsonElement alone;

    private string ExperimentFile => Path.Combine(folder, "split.yaml");

    public async Task InitializeAsync()
    {
        await File.WriteAllTextAsync(ExperimentFile, Yaml);
        (alone, _) = await RunAsync("alone", ["--workers", "1"]);
    }

    public Task DisposeAsync()
    {
        Directory.Delete(folder, recursive: true);
        return Task.CompletedTask;
    }

    /// <summary>Runs the experiment into a folder of that name; it must succeed.</summary>
    /// <returns>The run's summary, and all that was said.</returns>
    internal async Task<(JsonElement Summary, string Said)> RunAsync(string name, IReadOnlyList<string> options, IReadOnlyDictionary<string, string>? environment = null)
    {
        string run = Path.Combine(folder, name);
        ProcessResult result = await FederatedProcess.RunAsync(["run", ExperimentFile, "--out", run, .. options], environment);
        Assert.True(result.ExitCode == 0, $"exit code {result.ExitCode}\n{result.Output}\n{result.Error}");
        return (SmallExperiment.ReadSummary(run), result.Output + result.Error);
    }

    /// <summary>Asserts that a run had the result of the finished one.</summary>
    internal void AssertSameHashes(JsonElement summary)
    {
        foreach (string hash in (string[])["modelSha256", "ledgerSha256"])
            Assert.Equal(alone.GetProperty(hash).GetString(), summary.GetProperty(hash).GetString());
    }
}
