using Federated.Coordinator.Planning;
using Federated.Coordinator.Runs;
using Federated.Methods.Data;
using Federated.Methods.Experiments;
using Federated.Methods.FedAvg;
using Federated.Methods.FedTiny;
using Xunit;

namespace Federated.Coordinator.Tests.Planning;

public sealed class ExperimentPlannerTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(120);
    private static readonly DataSet Data = SyntheticSet.Create(new SyntheticOptions { Size = 8, TrainCount = 400, TestCount = 100 });
    private readonly string folder = Directory.CreateTempSubdirectory("plan").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private static ExperimentSpec Experiment(MethodSpec method) => new()
    {
        Rounds = 4,
        Data = new DataSpec { Set = "synthetic" },
        Clients = new ClientsSpec { Count = 3 },
        Model = new ModelSpec { Name = "resnet-20", Width = 0.25 },
        Training = new TrainingSpec { Epochs = 1, BatchSize = 32 },
        Method = method,
    };

    public static TheoryData<string> Methods => ["fedavg", "fedtiny"];

    [Theory]
    [MemberData(nameof(Methods))]
    public async Task Bytes_that_do_not_depend_on_data_are_met_exactly_by_the_run(string name)
    {
        ExperimentSpec experiment = Experiment(name == "fedavg"
            ? new FedAvgSpec()
            : new FedTinySpec { Density = 0.2, Selection = new SelectionSpec { Candidates = 2 }, Progressive = new ProgressiveSpec { Every = 2, Until = 4 } });
        ExperimentPlan plan = await new ExperimentPlanner(TimeProvider.System).PlanAsync(experiment, Data, CancellationToken.None).WaitAsync(Limit);
        var request = new RunRequest(experiment, Data, Path.Combine(folder, name), 2, SilentObserver.Instance);
        RunSummary run = await new ExperimentRunner(TimeProvider.System).RunAsync(request, CancellationToken.None, CancellationToken.None).WaitAsync(Limit);

        foreach (string kind in plan.ExactKinds)
            Assert.Equal(plan.BytesByKind[kind], run.BytesByKind[kind]);
        Assert.InRange((double)(plan.BytesUp + plan.BytesDown) / (run.BytesUp + run.BytesDown), 0.97, 1.03);
        Assert.Equal(plan.FlopsPerClientRound, run.FlopsPerClientRound);
        Assert.Equal(plan.PeakClientMemoryBytes, run.PeakClientMemoryBytes);
        // What the ledger file holds is what the summary says, to the byte.
        long inLedger = File.ReadLines(Path.Combine(request.Folder, RunFolder.LedgerFile)).Skip(1).Sum(static line => long.Parse(line[(line.LastIndexOf(',') + 1)..]));
        Assert.Equal(run.BytesUp + run.BytesDown, inLedger);
    }
}
