using Federated.ClientNode;
using Federated.Coordinator.Planning;
using Federated.Coordinator.Rounds;
using Federated.Coordinator.Runs;
using Federated.Methods.Clients;
using Federated.Methods.Data;
using Federated.Methods.Experiments;
using Federated.Methods.FedAvg;
using Federated.Methods.Federation;
using Federated.Methods.FixedMask;
using Federated.Methods.Nodes;
using Federated.Protocol.Payloads;
using Xunit;

namespace Federated.Coordinator.Tests.Rounds;

/// <summary>What many clients leave behind: next to nothing, and the same whoever trained them.</summary>
public sealed class ManyClientsTests
{
    private const int Rounds = 6;
    private const int Clients = 40;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(120);
    private static readonly DataSet Data = SyntheticSet.Create(new SyntheticOptions { Size = 28, TrainCount = Clients * 12, TestCount = 10 });

    // A client-round allocates the objects of two payloads, of the client and its progress: some 700 bytes on average, whatever the model's size and the number of steps.
    private const long MostBytesOfClientRound = 1024;

    // A collection takes away what is left of a thread's allocation window and counts it as allocated.
    private const long WindowOfACollection = 8192;

    private static ExperimentSpec Experiment(string model, MethodSpec method, int epochs) => new()
    {
        Rounds = Rounds,
        Data = new DataSpec { Set = "synthetic" },
        Clients = new ClientsSpec { Count = Clients, DevelopmentFraction = 0 },
        Model = new ModelSpec { Name = model, Width = 0.25 },
        Training = new TrainingSpec { Epochs = epochs, BatchSize = 5 },
        Method = method,
        Evaluation = new EvaluationSpec { Every = Rounds },
    };

    [Theory]
    [InlineData("logistic-regression", "fedavg", 1)]
    [InlineData("logistic-regression", "fedavg", 3)]
    [InlineData("resnet-20", "fedavg", 1)]
    [InlineData("resnet-20", "fixed-mask", 1)]
    public async Task A_client_round_allocates_a_few_hundred_bytes_and_no_more_in_later_rounds(string model, string method, int epochs)
    {
        MethodSpec spec = method == "fedavg" ? new FedAvgSpec() : new FixedMaskSpec { Density = 0.1 };
        ExperimentContext context = ExperimentContext.Create(Experiment(model, spec, epochs), Data);
        using var pool = new WorkerPool(context, 1);
        var meter = new AllocationMeter(new NodeExchange(new LocalNode(context, pool, TimeProvider.System)));
        var federation = new Coordinator.Rounds.Federation(context, meter, new PlannedServer(context), new MemoryStore(), SilentObserver.Instance, TimeProvider.System, CancellationToken.None);
        var arena = new List<long>();
        meter.RoundOver = () => arena.Add(pool.PeakWorkerBytes);
        await spec.CreateMethod().RunAsync(federation, CancellationToken.None).WaitAsync(Limit);

        Assert.Equal(Rounds, meter.PerRound.Count);
        // The first round builds workspaces, buffers and the mask's pattern.
        long[] totals = [.. meter.PerRound.Skip(1).Select(static round => round.Sum())];
        Assert.InRange(totals.Min(), 1, ((Clients - 1) * MostBytesOfClientRound) + WindowOfACollection);
        // The least of the earlier rounds is held against the least of the later: what later rounds had more than that would be growth.
        Assert.InRange(totals[^3..].Min() - totals[..2].Min(), -WindowOfACollection, WindowOfACollection);
        Assert.Equal(arena[0], arena[^1]);
    }

    [Theory]
    [InlineData("fedavg")]
    [InlineData("fixed-mask")]
    public async Task The_model_and_the_ledger_are_the_same_with_any_number_of_workers(string method)
    {
        MethodSpec spec = method == "fedavg" ? new FedAvgSpec() : new FixedMaskSpec { Density = 0.1 };
        (string, string) one = await RunAsync(spec, 1);
        Assert.Equal(one, await RunAsync(spec, 2));
        Assert.Equal(one, await RunAsync(spec, 5));
    }

    private static async Task<(string Model, string Ledger)> RunAsync(MethodSpec method, int workers)
    {
        ExperimentContext context = ExperimentContext.Create(Experiment("lenet-5", method, epochs: 1), Data);
        using var pool = new WorkerPool(context, workers);
        var federation = new Coordinator.Rounds.Federation(
            context, new NodeExchange(new LocalNode(context, pool, TimeProvider.System)), new PlannedServer(context), new MemoryStore(), SilentObserver.Instance, TimeProvider.System, CancellationToken.None);
        await method.CreateMethod().RunAsync(federation, CancellationToken.None).WaitAsync(Limit);
        return (federation.Model!.Sha256(), federation.Ledger.Digest);
    }

    /// <summary>Measures on the worker's thread what is allocated from one answer's end to the next's: a whole client-round, and the server's reading of its answer.</summary>
    private sealed class AllocationMeter(IClientExchange inner) : IClientExchange
    {
        public List<List<long>> PerRound { get; } = [];

        public Action RoundOver { get; set; } = static () => { };

        public async Task ExchangeAsync(NodeWork work, Func<ClientDescription, PlannedAnswer> planned, INodeObserver observer, CancellationToken cancel)
        {
            PerRound.Add(new List<long>(Clients));
            await inner.ExchangeAsync(work, planned, new Observer(PerRound[^1], observer), cancel);
            RoundOver();
        }

        public void Retain(IReadOnlyCollection<string> digests, IReadOnlyList<Part> provided) => inner.Retain(digests, provided);

        public ValueTask DisposeAsync() => inner.DisposeAsync();

        private sealed class Observer(List<long> allocated, INodeObserver next) : INodeObserver
        {
            private long? before;

            public void Progress(int client, int done, int total) => next.Progress(client, done, total);

            public void StateChanged(int client, ReadOnlyMemory<byte> state) => next.StateChanged(client, state);

            public void Combined(CombinedAnswer answer) => next.Combined(answer);

            public void Answered(int client, ReadOnlyMemory<byte> answer, IReadOnlyList<PartSize> parts)
            {
                next.Answered(client, answer, parts);
                long now = GC.GetAllocatedBytesForCurrentThread();
                if (before is { } start)
                    allocated.Add(now - start);
                before = now;
            }
        }
    }
}
