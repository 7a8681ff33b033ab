using Federated.ClientNode;
using Federated.Coordinator.Planning;
using Federated.Coordinator.Rounds;
using Federated.Coordinator.Runs;
using Federated.Methods.Clients;
using Federated.Methods.Data;
using Federated.Methods.Experiments;
using Federated.Methods.FedAvg;
using Federated.Methods.SplitFed;
using Federated.Methods.Splitting;
using Federated.Protocol.Accounting;
using Federated.Protocol.Payloads;
using Xunit;

namespace Federated.Coordinator.Tests.Rounds;

/// <summary>Whole runs of methods that cut the model: the identities that must hold whatever the data.</summary>
public sealed class SplitTrainingTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(120);
    private static readonly DataSet Data = SyntheticSet.Create(new SyntheticOptions { Size = 16, TrainCount = 300, TestCount = 10 });

    [Theory]
    [InlineData("client", "sgd", 0, 0)]
    [InlineData("client", "adamw", 1, 1)]
    [InlineData("server", "sgd", 1, 0)]
    public async Task SplitFedV1_has_the_bits_of_federated_averaging(string labels, string optimizer, int headBlocks, int tailBlocks)
    {
        (GlobalRun whole, _) = await RunAsync(Experiment(new FedAvgSpec(), optimizer));

        (GlobalRun split, _) = await RunAsync(Experiment(new SplitFedSpec { Labels = labels, Cut = new CutSpec { HeadBlocks = headBlocks, TailBlocks = tailBlocks } }, optimizer));

        Assert.Equal(whole.Model, split.Model);
        Assert.Equal(whole.Losses, split.Losses);
    }

    [Theory]
    [InlineData("v1", "client", "all")]
    [InlineData("v1", "server", "all")]
    [InlineData("v1", "client", "classifier")]
    [InlineData("v2", "client", "all")]
    [InlineData("v2", "server", "all")]
    public async Task The_plan_is_met_to_the_byte(string variant, string labels, string train)
    {
        ExperimentSpec experiment = Experiment(new SplitFedSpec { Variant = variant, Labels = labels, Train = train }, "sgd");
        ExperimentPlan plan = await new ExperimentPlanner(TimeProvider.System).PlanAsync(experiment, Data, CancellationToken.None).WaitAsync(Limit);

        (GlobalRun run, Ledger ledger) = await RunAsync(experiment);

        Assert.Equal(plan.BytesByKind, ByteKinds.Of(ledger.Totals));
        Assert.Equal(plan.VirtualSeconds, run.VirtualSeconds);
        Assert.DoesNotContain("up/bodyValues", plan.BytesByKind.Keys);
    }

    [Fact]
    public async Task Labels_go_up_only_where_the_server_has_them()
    {
        (_, Ledger atClient) = await RunAsync(Experiment(new SplitFedSpec(), "sgd"));
        (_, Ledger atServer) = await RunAsync(Experiment(new SplitFedSpec { Labels = "server" }, "sgd"));

        Assert.Equal(0, atClient.Totals.Sum(part: PartKind.Labels));
        Assert.True(atServer.Totals.Sum(part: PartKind.Labels) > 0);
        Assert.True(atClient.Totals.Sum(part: PartKind.TailGradient) > 0);
        Assert.Equal(0, atServer.Totals.Sum(part: PartKind.TailGradient));
    }

    [Fact]
    public async Task A_linear_probe_sends_no_gradient_at_all()
    {
        (_, Ledger ledger) = await RunAsync(Experiment(new SplitFedSpec { Train = "classifier" }, "sgd"));

        Assert.True(ledger.Totals.Sum(part: PartKind.BodyOutput) > 0);
        Assert.Equal(0, ledger.Totals.Sum(part: PartKind.TailGradient) + ledger.Totals.Sum(part: PartKind.CutGradient));
        // Frozen values cross to each of the five clients once, not in each of the two rounds.
        Assert.Equal(5, ledger.Totals.Sum(part: PartKind.FrozenValues) / (ledger.Totals.Sum(round: 1, part: PartKind.FrozenValues) / 5));
    }

    private static ExperimentSpec Experiment(MethodSpec method, string optimizer) => new()
    {
        Rounds = 2,
        Data = new DataSpec { Set = "synthetic" },
        Clients = new ClientsSpec { Count = 5, Partition = new PartitionSpec { Kind = "dirichlet", Alpha = 0.5 } },
        Model = new ModelSpec { Name = "lenet-5" },
        Training = new TrainingSpec { Epochs = 2, BatchSize = 20, Optimizer = new OptimizerSpec { Kind = optimizer, Momentum = 0 }, LearningRate = new LearningRateSpec { Initial = 0.01 } },
        Method = method,
        Evaluation = new EvaluationSpec { Every = 2 },
    };

    private static async Task<(GlobalRun Run, Ledger Ledger)> RunAsync(ExperimentSpec experiment)
    {
        var context = ExperimentContext.Create(experiment, Data);
        using var pool = new WorkerPool(context, 2);
        var store = new MemoryStore();
        await using var exchange = new NodeExchange(new LocalNode(context, pool, TimeProvider.System));
        var federation = new Coordinator.Rounds.Federation(context, exchange, new PlannedServer(context), store, SilentObserver.Instance, TimeProvider.System, CancellationToken.None);
        await experiment.Method.CreateMethod().RunAsync(federation, CancellationToken.None).WaitAsync(Limit);
        string losses = string.Join(' ', store.Records.Select(record => BitConverter.DoubleToInt64Bits(record.TrainingLoss ?? 0)));
        return (new GlobalRun(federation.Model!.Sha256(), losses, store.Records.Sum(static record => record.VirtualSeconds)), federation.Ledger);
    }

    private sealed record GlobalRun(string Model, string Losses, double VirtualSeconds);
}
