using System.Text.Json;
using Xunit;

namespace Federated.EndToEnd;

/// <summary>An experiment that exercises all of FedTiny in seconds, and one finished run of it that other runs are compared with.</summary>
public sealed class SmallExperiment : IAsyncLifetime
{
    private const string Yaml = """
        name: small
        rounds: 6
        data:
          set: synthetic
          trainSamples: 600
          augmentation: { crop: 2, flip: true }
        clients:
          count: 5
          perRound: 3
          partition:
            kind: dirichlet
            alpha: 0.5
        model:
          name: resnet-20
          width: 0.25
        training:
          epochs: 2
          batchSize: 16
          learningRate: { kind: cosine, initial: 0.1 }
        evaluation:
          every: 3
        method:
          name: fedtiny
          density: 0.1
          selection: { candidates: 3 }
          progressive: { every: 2, until: 5 }
        """;

    /// <summary>A folder that the tests may fill.</summary>
    public string Folder { get; } = Directory.CreateTempSubdirectory("federated-end-to-end").FullName;

    /// <summary>The experiment file.</summary>
    public string File => Path.Combine(Folder, "small.yaml");

    /// <summary>Folder of the finished run, made with one worker.</summary>
    public string Finished => Path.Combine(Folder, "finished");

    /// <summary>Its summary.</summary>
    internal JsonElement Summary { get; private set; }

    public async Task InitializeAsync()
    {
        await System.IO.File.WriteAllTextAsync(File, Yaml);
        Summary = await RunAsync("finished", ["--workers", "1"]);
    }

    public Task DisposeAsync()
    {
        Directory.Delete(Folder, recursive: true);
        return Task.CompletedTask;
    }

    /// <summary>Runs the experiment into a folder of that name; it must succeed.</summary>
    /// <returns>The run's summary.</returns>
    internal async Task<JsonElement> RunAsync(string name, IReadOnlyList<string> options, IReadOnlyDictionary<string, string>? environment = null)
    {
        string folder = Path.Combine(Folder, name);
        ProcessResult result = await FederatedProcess.RunAsync(["run", File, "--out", folder, .. options], environment);
        Assert.True(result.ExitCode == 0, $"exit code {result.ExitCode}\n{result.Output}\n{result.Error}");
        return ReadSummary(folder);
    }

    /// <summary>Asserts that a run had the result of the finished one.</summary>
    internal void AssertSameResult(JsonElement summary)
    {
        foreach (string field in new[] { "modelSha256", "ledgerSha256", "finalAccuracy", "bytesUp", "bytesDown", "virtualSeconds" })
            Assert.Equal(Summary.GetProperty(field).GetRawText(), summary.GetProperty(field).GetRawText());
    }

    internal static JsonElement ReadSummary(string folder)
    {
        using JsonDocument document = JsonDocument.Parse(System.IO.File.ReadAllBytes(Path.Combine(folder, "summary.json")));
        return document.RootElement.Clone();
    }
}
