using Federated.Coordinator.Runs;
using Federated.Methods.Data;
using Federated.Methods.Experiments;
using Federated.Methods.FedTiny;
using Federated.Methods.SplitFed;
using Federated.Methods.Splitting;
using Xunit;

namespace Federated.Coordinator.Tests.Rounds;

/// <summary>Runs that are stopped after a round, or break in the middle of one, and go on.</summary>
public sealed class ContinuedRunTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(120);
    private static readonly DataSet Data = SyntheticSet.Create(new SyntheticOptions { Size = 8, TrainCount = 300, TestCount = 60 });

    private static readonly ExperimentSpec Experiment = new()
    {
        Rounds = 4,
        Data = new DataSpec { Set = "synthetic" },
        Clients = new ClientsSpec { Count = 3, PerRound = 2 },
        Model = new ModelSpec { Name = "resnet-20", Width = 0.25 },
        Training = new TrainingSpec { Epochs = 1, BatchSize = 32 },
        Method = new FedTinySpec { Density = 0.2, Selection = new SelectionSpec { Candidates = 2 }, Progressive = new ProgressiveSpec { Every = 1, Until = 4 } },
    };

    private readonly string folder = Directory.CreateTempSubdirectory("continued").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private Task<RunSummary> RunAsync(string name, IRunObserver observer, CancellationToken stop = default, ExperimentSpec? experiment = null) =>
        new ExperimentRunner(TimeProvider.System).RunAsync(new RunRequest(experiment ?? Experiment, Data, Path.Combine(folder, name), 2, observer), stop, CancellationToken.None).WaitAsync(Limit, CancellationToken.None);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3)]
    public async Task A_run_stopped_after_any_round_ends_with_the_same_bits(int stopAfter)
    {
        RunSummary whole = await RunAsync("whole", SilentObserver.Instance);
        using var stop = new CancellationTokenSource();
        RunSummary half = await RunAsync("parts", new Hook { AfterRound = round => Cancel(stop, round == stopAfter) }, stop.Token);
        Assert.Equal(stopAfter, half.Rounds);
        RunSummary continued = await RunAsync("parts", SilentObserver.Instance);
        Assert.Equal(whole.ModelSha256, continued.ModelSha256);
        Assert.Equal(whole.LedgerSha256, continued.LedgerSha256);
        Assert.Equal(whole.BytesByKind, continued.BytesByKind);
    }

    [Theory]
    [InlineData(0, "recalibrate")]
    [InlineData(0, "evaluate")]
    [InlineData(3, "train")]
    public async Task A_run_that_breaks_inside_a_round_loses_that_round_only(int round, string phase)
    {
        RunSummary whole = await RunAsync("whole", SilentObserver.Instance);
        await Assert.ThrowsAsync<InvalidOperationException>(() => RunAsync("broken", new Hook { AtPhase = (r, p) => Break(r == round && p == phase) }));
        RunSummary continued = await RunAsync("broken", SilentObserver.Instance);
        Assert.Equal(whole.ModelSha256, continued.ModelSha256);
        Assert.Equal(whole.LedgerSha256, continued.LedgerSha256);
    }

    [Fact]
    public async Task Clients_that_keep_their_part_of_a_model_go_on_with_it_after_a_break_in_the_middle_of_a_round()
    {
        ExperimentSpec experiment = Experiment with
        {
            Model = new ModelSpec { Name = "vit", Depth = 2, Dimension = 16, Heads = 2, Patch = 4 },
            Method = new SplitFedSpec { Variant = "v3", Cut = new CutSpec { HeadBlocks = 1 } },
        };
        RunSummary whole = await RunAsync("whole", SilentObserver.Instance, experiment: experiment);
        int round = 0;
        // In the third round one client has new values when the run breaks: they must not be the ones that it goes on with.
        var fault = new Hook { AtPhase = (number, _) => round = number, AfterClient = () => Break(round == 3) };
        await Assert.ThrowsAsync<InvalidOperationException>(() => RunAsync("broken", fault, experiment: experiment));
        RunSummary continued = await RunAsync("broken", SilentObserver.Instance, experiment: experiment);
        Assert.Equal(whole.ModelSha256, continued.ModelSha256);
        Assert.Equal(whole.LedgerSha256, continued.LedgerSha256);
    }

    [Fact]
    public async Task A_ledger_that_was_changed_is_refused()
    {
        using var stop = new CancellationTokenSource();
        await RunAsync("changed", new Hook { AfterRound = round => Cancel(stop, round == 1) }, stop.Token);
        string ledger = Path.Combine(folder, "changed", RunFolder.LedgerFile);
        string[] lines = await File.ReadAllLinesAsync(ledger);
        string[] fields = lines[^1].Split(',');
        fields[^1] = (int.Parse(fields[^1]) + 1).ToString();
        lines[^1] = string.Join(',', fields);
        await File.WriteAllTextAsync(ledger, string.Join('\n', lines) + "\n");
        RunFolderException refused = await Assert.ThrowsAsync<RunFolderException>(() => RunAsync("changed", SilentObserver.Instance));
        Assert.Contains("changed since round 1", refused.Message, StringComparison.Ordinal);
    }

    private static void Cancel(CancellationTokenSource source, bool now)
    {
        if (now)
            source.Cancel();
    }

    private static void Break(bool now)
    {
        if (now)
            throw new InvalidOperationException("the fault of the test");
    }

    private sealed class Hook : IRunObserver
    {
        public Action<int> AfterRound { get; init; } = static _ => { };

        public Action<int, string> AtPhase { get; init; } = static (_, _) => { };

        public Action AfterClient { get; init; } = static () => { };

        public void RunStarted(ExperimentSpec experiment, string folder, int workers, int completedRounds)
        {
        }

        public void StepStarted(string description)
        {
        }

        public void PhaseStarted(int round, string phase, int clients) => AtPhase(round, phase);

        public void ClientProgress(int client, int done, int total)
        {
        }

        public void ClientFinished(int client) => AfterClient();

        public void RoundCompleted(RoundRecord record) => AfterRound(record.Round);

        public void RunFinished(RunSummary summary, bool interrupted)
        {
        }
    }
}
