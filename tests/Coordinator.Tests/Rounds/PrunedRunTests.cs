using Federated.Coordinator.Planning;
using Federated.Coordinator.Runs;
using Federated.Coordinator.Tests.Fleet;
using Federated.Methods.Data;
using Federated.Methods.DataPruning;
using Federated.Methods.Experiments;
using Federated.Methods.FedAvg;
using Federated.Methods.FedTiny;
using Xunit;

namespace Federated.Coordinator.Tests.Rounds;

/// <summary>Runs whose clients train on some of their samples, and remember something of them from round to round.</summary>
public sealed class PrunedRunTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(120);
    private static readonly DataSet Data = SyntheticSet.Create(new SyntheticOptions { Size = 8, TrainCount = 300, TestCount = 60 });
    private readonly string folder = Directory.CreateTempSubdirectory("pruned").FullName;

    public static TheoryData<string> Kinds => ["random", "rs2", "el2n", "grand", "forgetting", "ccs", "seta", "infobatch", "prototypes"];

    public static TheoryData<string> Remembering => ["forgetting", "ccs", "seta", "infobatch"];

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Costs_are_those_of_the_plan_and_workers_change_no_bit(string kind)
    {
        ExperimentSpec experiment = Experiment(kind);
        ExperimentPlan plan = await new ExperimentPlanner(TimeProvider.System).PlanAsync(experiment, Data, CancellationToken.None).WaitAsync(Limit);
        RunSummary one = await RunAsync(experiment, "one", workers: 1);
        RunSummary three = await RunAsync(experiment, "three", workers: 3);
        RunSummary all = await RunAsync(Experiment("none"), "all", workers: 3);

        Assert.Equal(one.ModelSha256, three.ModelSha256);
        Assert.Equal(one.LedgerSha256, three.LedgerSha256);
        Assert.NotEqual(all.ModelSha256, one.ModelSha256);
        Assert.Equal(plan.FlopsPerClientRound, one.FlopsPerClientRound);
        Assert.Equal(plan.BytesUp + plan.BytesDown, one.BytesUp + one.BytesDown);
        Assert.Equal(all.BytesDown, one.BytesDown); // what clients hold on to crosses nowhere
        if (kind != DataPruningSpec.InfoBatch) // whose last round goes through all samples
            Assert.InRange(one.FlopsPerClientRound, 0, 0.9 * all.FlopsPerClientRound);
    }

    [Theory]
    [MemberData(nameof(Remembering))]
    public async Task What_clients_remember_outlives_a_stop_and_a_fault(string kind)
    {
        ExperimentSpec experiment = Experiment(kind);
        RunSummary whole = await RunAsync(experiment, "whole", workers: 2);

        using var stop = new CancellationTokenSource();
        await RunAsync(experiment, "parts", 2, new Interruption { AfterRound = round => Stop(round == 2) }, stop.Token);
        AssertSame(whole, await RunAsync(experiment, "parts", workers: 2));

        await Assert.ThrowsAsync<InvalidOperationException>(() => RunAsync(experiment, "broken", 2, new Interruption { ClientFinishedIn = Break }));
        AssertSame(whole, await RunAsync(experiment, "broken", workers: 2));
        Assert.Single(Directory.EnumerateFiles(Path.Combine(folder, "broken"), "client-states-*.bin"));

        void Stop(bool now)
        {
            if (now)
                stop.Cancel();
        }

        static void Break(int round)
        {
            if (round == 3)
                throw new InvalidOperationException("the fault of the test");
        }
    }

    [Fact]
    public async Task A_changed_file_of_states_is_refused()
    {
        ExperimentSpec experiment = Experiment("forgetting");
        using var stop = new CancellationTokenSource();
        await RunAsync(experiment, "changed", 1, new Interruption { AfterRound = _ => stop.Cancel() }, stop.Token);
        string file = Directory.EnumerateFiles(Path.Combine(folder, "changed"), "client-states-*.bin").Single();
        byte[] bytes = await File.ReadAllBytesAsync(file);
        bytes[2] ^= 1;
        await File.WriteAllBytesAsync(file, bytes);
        RunFolderException refused = await Assert.ThrowsAsync<RunFolderException>(() => RunAsync(experiment, "changed", workers: 1));
        Assert.Contains("clients' states", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("forgetting")]
    [InlineData("infobatch")]
    public async Task States_follow_clients_from_node_to_node(string kind)
    {
        ExperimentSpec experiment = Experiment(kind) with
        {
            Name = "fleet",
            Clients = new ClientsSpec { Count = 7, PerRound = 5 },
            Method = new FedTinySpec { Density = 0.2, Selection = new SelectionSpec { Candidates = 2 }, Progressive = new ProgressiveSpec { Every = 1, Until = 4 } },
        };
        RunSummary alone = await RunAsync(experiment, "alone", workers: 2);
        await using InProcessFleet fleet = await InProcessFleet.StartAsync(Data, folder);
        for (int node = 0; node < 3; node++)
            fleet.Add($"node-{node}", slots: 1 + (node % 2));
        var request = new RunRequest(experiment, Data, Path.Combine(folder, "together"), 1, SilentObserver.Instance) { Exchanges = fleet.Host.ExchangesOf("together") };
        RunSummary together = await fleet.WithinAsync(new ExperimentRunner(TimeProvider.System).RunAsync(request, CancellationToken.None, CancellationToken.None), Limit);

        AssertSame(alone, together);
        Assert.DoesNotContain(fleet.Said, sentence => sentence.Contains("refused", StringComparison.Ordinal) || sentence.Contains("error", StringComparison.Ordinal));
    }

    private static void AssertSame(RunSummary expected, RunSummary actual)
    {
        Assert.Equal(expected.ModelSha256, actual.ModelSha256);
        Assert.Equal(expected.LedgerSha256, actual.LedgerSha256);
    }

    private static ExperimentSpec Experiment(string kind) => new()
    {
        Rounds = 4,
        Data = new DataSpec { Set = "synthetic" },
        Clients = new ClientsSpec { Count = 4, PerRound = 3 },
        Model = new ModelSpec { Name = "resnet-20", Width = 0.25 },
        Training = new TrainingSpec { Epochs = 2, BatchSize = 16, DataPruning = new DataPruningSpec { Kind = kind, KeepFraction = 0.5 } },
        Method = new FedAvgSpec(),
    };

    private Task<RunSummary> RunAsync(ExperimentSpec experiment, string name, int workers, IRunObserver? observer = null, CancellationToken stop = default) =>
        new ExperimentRunner(TimeProvider.System)
            .RunAsync(new RunRequest(experiment, Data, Path.Combine(folder, name), workers, observer ?? SilentObserver.Instance), stop, CancellationToken.None)
            .WaitAsync(Limit, CancellationToken.None);

    private sealed class Interruption : IRunObserver
    {
        private int round;

        public Action<int> AfterRound { get; init; } = static _ => { };

        /// <summary>Told that a client of a round has answered.</summary>
        public Action<int> ClientFinishedIn { get; init; } = static _ => { };

        public void RunStarted(ExperimentSpec experiment, string folder, int workers, int completedRounds)
        {
        }

        public void StepStarted(string description)
        {
        }

        public void PhaseStarted(int round, string phase, int clients) => this.round = round;

        public void ClientProgress(int client, int done, int total)
        {
        }

        public void ClientFinished(int client) => ClientFinishedIn(round);

        public void RoundCompleted(RoundRecord record) => AfterRound(record.Round);

        public void RunFinished(RunSummary summary, bool interrupted)
        {
        }
    }
}
