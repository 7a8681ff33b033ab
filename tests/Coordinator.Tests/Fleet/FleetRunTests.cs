using Federated.Coordinator.Runs;
using Federated.Methods.Data;
using Federated.Methods.Experiments;
using Federated.Methods.FedTiny;
using Xunit;

namespace Federated.Coordinator.Tests.Fleet;

/// <summary>Runs whose clients are on nodes end with the bits of one process.</summary>
public sealed class FleetRunTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(120);
    private static readonly DataSet Data = SyntheticSet.Create(new SyntheticOptions { Size = 8, TrainCount = 400, TestCount = 60 });

    private static readonly ExperimentSpec Experiment = new()
    {
        Name = "fleet",
        Rounds = 4,
        Data = new DataSpec { Set = "synthetic" },
        Clients = new ClientsSpec { Count = 7, PerRound = 5 },
        Model = new ModelSpec { Name = "resnet-20", Width = 0.25 },
        Training = new TrainingSpec { Epochs = 1, BatchSize = 32 },
        Method = new FedTinySpec { Density = 0.2, Selection = new SelectionSpec { Candidates = 2 }, Progressive = new ProgressiveSpec { Every = 1, Until = 4 } },
    };

    private readonly string folder = Directory.CreateTempSubdirectory("fleet").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task Any_number_of_nodes_gives_the_bits_of_one_process(int nodes)
    {
        RunSummary alone = await RunAsync(new RunRequest(Experiment, Data, Path.Combine(folder, "alone"), 2, SilentObserver.Instance));
        await using InProcessFleet fleet = await InProcessFleet.StartAsync(Data, folder);
        for (int node = 0; node < nodes; node++)
            fleet.Add($"node-{node}", slots: 1 + (node % 2));

        RunSummary together = await fleet.WithinAsync(RunAsync(Request(fleet, "together")), Limit);

        Assert.Equal(alone.ModelSha256, together.ModelSha256);
        Assert.Equal(alone.LedgerSha256, together.LedgerSha256);
        Assert.Equal(alone.BytesByKind, together.BytesByKind);
        Assert.DoesNotContain(fleet.Said, sentence => sentence.Contains("refused", StringComparison.Ordinal) || sentence.Contains("error", StringComparison.Ordinal));
    }

    private RunRequest Request(InProcessFleet fleet, string name) =>
        new(Experiment, Data, Path.Combine(folder, name), 1, SilentObserver.Instance) { Exchanges = fleet.Host.ExchangesOf(name) };

    private static Task<RunSummary> RunAsync(RunRequest request) =>
        new ExperimentRunner(TimeProvider.System).RunAsync(request, CancellationToken.None, CancellationToken.None);
}
