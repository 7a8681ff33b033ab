using Federated.ClientNode.Splitting;
using Federated.Coordinator.Runs;
using Federated.Coordinator.Tests.Fleet;
using Federated.Methods.Data;
using Federated.Methods.Experiments;
using Federated.Methods.SFPrompt;
using Federated.Methods.SplitFed;
using Federated.Methods.Splitting;
using Xunit;

namespace Federated.Coordinator.Tests.Split;

/// <summary>Wherever the body runs, a run ends with the bits of one process.</summary>
public sealed class SplitFleetTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(180);
    private static readonly DataSet Data = SyntheticSet.Create(new SyntheticOptions { Size = 16, TrainCount = 120, TestCount = 10 });

    private static readonly ExperimentSpec Experiment = new()
    {
        Name = "split",
        Rounds = 2,
        Data = new DataSpec { Set = "synthetic" },
        Clients = new ClientsSpec { Count = 5 },
        Model = new ModelSpec { Name = "vit", Depth = 2, Dimension = 16, Heads = 2, Patch = 4 },
        Training = new TrainingSpec { Epochs = 1, BatchSize = 8, LearningRate = new LearningRateSpec { Initial = 0.01 } },
        Method = new SFPromptSpec(),
    };

    private readonly string folder = Directory.CreateTempSubdirectory("split-fleet").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    public static TheoryData<string, BodyPlace> Places { get; } = new()
    {
        { "frozen", BodyPlace.InProcess },
        { "frozen", BodyPlace.Coordinator },
        { "frozen", BodyPlace.Nodes },
        { "cached", BodyPlace.Coordinator },
        { "training", BodyPlace.Coordinator },
        { "training", BodyPlace.Nodes },
        { "labels", BodyPlace.Nodes },
        { "private", BodyPlace.InProcess },
        { "private", BodyPlace.Nodes },
    };

    [Theory]
    [MemberData(nameof(Places))]
    public async Task Any_place_of_the_body_gives_the_bits_of_one_process(string what, BodyPlace place)
    {
        ExperimentSpec experiment = what switch
        {
            "frozen" => Experiment,
            "cached" => Experiment with { Method = new SFPromptSpec { Wire = new WireSpec { ClassTokenOnly = true, PromptGradientOnly = true, Cached = true } } },
            "training" => Experiment with { Method = new SplitFedSpec() },
            "private" => Experiment with { Method = new SplitFedSpec { Variant = "v3" } },
            _ => Experiment with { Method = new SplitFedSpec { Labels = "server" } },
        };
        RunSummary alone = await RunAsync(new RunRequest(experiment, Data, Path.Combine(folder, "alone"), 2, SilentObserver.Instance));
        await using InProcessFleet fleet = await InProcessFleet.StartAsync(Data, folder);
        if (place == BodyPlace.Nodes)
            await fleet.AddHostAsync("body", trains: false);
        fleet.Add("node-1", slots: 2, options => options with { Body = place });
        fleet.Add("node-2", slots: 1, options => options with { Body = place });

        RunSummary together = await fleet.WithinAsync(RunAsync(Request(fleet, experiment, "together")), Limit);

        Assert.Equal(alone.ModelSha256, together.ModelSha256);
        Assert.Equal(alone.LedgerSha256, together.LedgerSha256);
        Assert.Equal(alone.BytesByKind, together.BytesByKind);
        Assert.DoesNotContain(fleet.Said, static sentence => sentence.Contains("failed", StringComparison.Ordinal) || sentence.Contains("could not be computed", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_host_of_bodies_that_dies_changes_nothing()
    {
        ExperimentSpec experiment = Experiment with { Rounds = 6 };
        RunSummary alone = await RunAsync(new RunRequest(experiment, Data, Path.Combine(folder, "alone"), 2, SilentObserver.Instance));
        await using InProcessFleet fleet = await InProcessFleet.StartAsync(Data, folder);
        await fleet.AddHostAsync("body-1", trains: false);
        await fleet.AddHostAsync("both", trains: true);
        fleet.Add("node", slots: 2, static options => options with { Body = BodyPlace.Nodes });
        var killer = new KillInRound(2, () => fleet.AbortAsync(0));

        RunSummary together = await fleet.WithinAsync(RunAsync(Request(fleet, experiment, "together") with { Observer = killer }), Limit);

        Assert.NotNull(killer.Killing);
        await killer.Killing.WaitAsync(Limit);
        Assert.Equal(alone.ModelSha256, together.ModelSha256);
        Assert.Equal(alone.LedgerSha256, together.LedgerSha256);
    }

    private RunRequest Request(InProcessFleet fleet, ExperimentSpec experiment, string name) =>
        new(experiment, Data, Path.Combine(folder, name), 1, SilentObserver.Instance) { Exchanges = fleet.Host.ExchangesOf(name) };

    private static Task<RunSummary> RunAsync(RunRequest request) => new ExperimentRunner(TimeProvider.System).RunAsync(request, CancellationToken.None, CancellationToken.None);
}
