using Federated.ClientNode;
using Federated.Coordinator.Planning;
using Federated.Coordinator.Rounds;
using Federated.Coordinator.Runs;
using Federated.Methods.Clients;
using Federated.Methods.Data;
using Federated.Methods.Experiments;
using Federated.Methods.FedAvg;
using Federated.Methods.FedTiny;
using Federated.Methods.FixedMask;
using Xunit;

namespace Federated.Coordinator.Tests.Rounds;

/// <summary>Whole runs whose answers come combined: the model and the ledger have the bits of a run whose answers come one by one.</summary>
public sealed class CombinedAnswersTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(120);
    private static readonly DataSet Data = SyntheticSet.Create(new SyntheticOptions { Size = 8, TrainCount = 400, TestCount = 10 });

    [Theory]
    [InlineData("fedavg", "logistic-regression")]
    [InlineData("fedavg", "resnet-20")]
    [InlineData("fixed-mask", "resnet-20")]
    [InlineData("fedtiny", "resnet-20")]
    public async Task Any_lists_combined_in_any_way_and_order_give_the_bits_of_answers_that_come_alone(string method, string model)
    {
        ExperimentContext context = Context(method, model);
        using var pool = new WorkerPool(context, 2);
        Outcome alone = await RunAsync(context, new NodeExchange(new LocalNode(context, pool, TimeProvider.System)));
        for (ulong seed = 1; seed <= 3; seed++)
        {
            var exchange = new FoldingExchange(context, pool, seed);
            Outcome combined = await RunAsync(context, exchange);
            Assert.Equal(alone, combined);
            Assert.True(exchange.Counted > 3, $"only {exchange.Counted} combined answers were counted");
        }
    }

    [Theory]
    [InlineData("fedavg", "resnet-20")]
    [InlineData("fedtiny", "resnet-20")]
    public async Task What_a_node_misstates_is_refused_and_the_run_ends_with_the_same_bits(string method, string model)
    {
        ExperimentContext context = Context(method, model);
        using var pool = new WorkerPool(context, 2);
        Outcome honest = await RunAsync(context, new NodeExchange(new LocalNode(context, pool, TimeProvider.System)));
        var exchange = new MisstatingExchange(context, pool);
        Assert.Equal(honest, await RunAsync(context, exchange));
        Assert.True(exchange.Refused >= 3 * 8, $"only {exchange.Refused} answers were refused");
    }

    private static ExperimentContext Context(string method, string model)
    {
        MethodSpec spec = method switch
        {
            "fedavg" => new FedAvgSpec(),
            "fixed-mask" => new FixedMaskSpec { Density = 0.1 },
            _ => new FedTinySpec { Density = 0.2, Selection = new SelectionSpec { Candidates = 2 }, Progressive = new ProgressiveSpec { Every = 1, Until = 3 } },
        };
        var experiment = new ExperimentSpec
        {
            Rounds = 3,
            Data = new DataSpec { Set = "synthetic" },
            Clients = new ClientsSpec { Count = 13, PerRound = 11, Partition = new PartitionSpec { Kind = "dirichlet", Alpha = 0.5 } },
            Model = new ModelSpec { Name = model, Width = 0.25 },
            Training = new TrainingSpec { Epochs = 2, BatchSize = 8 },
            Method = spec,
            Evaluation = new EvaluationSpec { Every = 3 },
        };
        return ExperimentContext.Create(experiment, Data);
    }

    private static async Task<Outcome> RunAsync(ExperimentContext context, IClientExchange exchange)
    {
        var store = new MemoryStore();
        var observer = new FinishedClients();
        var federation = new Coordinator.Rounds.Federation(context, exchange, new PlannedServer(context), store, observer, TimeProvider.System, CancellationToken.None);
        await context.Experiment.Method.CreateMethod().RunAsync(federation, CancellationToken.None).WaitAsync(Limit);
        string losses = string.Join(' ', store.Records.Select(record => BitConverter.DoubleToInt64Bits(record.TrainingLoss ?? 0)));
        string seconds = string.Join(' ', store.Records.Select(record => BitConverter.DoubleToInt64Bits(record.VirtualSeconds)));
        return new Outcome(federation.Model!.Sha256(), federation.Ledger.Digest, losses, seconds, observer.Count);
    }

    private sealed record Outcome(string Model, string Ledger, string Losses, string VirtualSeconds, int Finished);

    private sealed class FinishedClients : IRunObserver
    {
        public int Count { get; private set; }

        public void RunStarted(ExperimentSpec experiment, string folder, int workers, int completedRounds)
        {
        }

        public void StepStarted(string description)
        {
        }

        public void PhaseStarted(int round, string phase, int clients)
        {
        }

        public void ClientProgress(int client, int done, int total)
        {
        }

        public void ClientFinished(int client) => Count++;

        public void RoundCompleted(RoundRecord record)
        {
        }

        public void RunFinished(RunSummary summary, bool interrupted)
        {
        }
    }
}
