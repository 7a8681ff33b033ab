using System.Text.Json;
using Federated.Coordinator.CommandLine;
using Federated.Engine.Randomness;
using Federated.Protocol.Faults;
using Xunit;

namespace Federated.EndToEnd;

/// <summary>Nodes and the coordinator die as by <c>kill -9</c>, and the result stands.</summary>
public sealed class KilledFleetTests(SmallExperiment experiment) : IClassFixture<SmallExperiment>
{
    private const int KilledBySignal9 = 128 + 9;

    // A round tells about five things: a phase, its clients, its end.
    private const int MostBetweenKills = 12;

    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(10);

    // Runs out only where a point is never reached, which fails the test.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    /// <summary>Points of a node that every long run comes to. The others need a coordinator that refuses or takes back.</summary>
    private static readonly string[] NodePoints =
    [
        FaultPoints.NodeRegistered,
        FaultPoints.NodeWelcomed,
        FaultPoints.NodeDisconnected, // early, while the coordinator still dies now and then
        FaultPoints.NodeAnswerAccepted,
        FaultPoints.NodeExperimentReceived,
        FaultPoints.NodeExperimentPrepared,
        FaultPoints.NodeListReceived,
        FaultPoints.NodePayloadFetched,
        FaultPoints.NodeListStarted,
        FaultPoints.NodeClientDone,
        FaultPoints.NodeListFolded,
        FaultPoints.NodeUploadHalf,
        FaultPoints.NodeUploadDone,
        FaultPoints.NodeAnswerAnnounced,
    ];

    /// <summary>Points of the coordinator, after that at which the run is submitted; the last ones are at the end of a run.</summary>
    private static readonly string[] CoordinatorPoints =
    [
        FaultPoints.CoordinatorNodeJoined,
        FaultPoints.CoordinatorRunStarted,
        FaultPoints.CoordinatorPhaseBegun,
        FaultPoints.CoordinatorListSent,
        FaultPoints.CoordinatorListStarted,
        FaultPoints.CoordinatorUploadOpened,
        FaultPoints.CoordinatorUploadTaken,
        FaultPoints.CoordinatorAnswerAnnounced,
        FaultPoints.CoordinatorAnswerMerged,
        FaultPoints.CoordinatorAnswerCounted,
        FaultPoints.CoordinatorPhaseDone,
        FaultPoints.CoordinatorLedgerWritten,
        FaultPoints.CoordinatorRecordWritten,
        FaultPoints.CoordinatorCheckpointWritten,
        FaultPoints.CoordinatorRoundsDone,
        FaultPoints.CoordinatorRunEnded,
    ];

    [Theory]
    [InlineData(1)]
    public async Task Kills_at_random_moments_change_nothing(ulong seed)
    {
        const int kills = 36;
        string[] change = ["--set", "rounds=70", "--set", "method.selection.candidates=2"];
        JsonElement undisturbed = await experiment.RunAsync($"undisturbed-{seed}", change);
        await using TestFleet fleet = new(Path.Combine(experiment.Folder, $"random-{seed}"));
        await fleet.StartCoordinatorAsync();
        FederatedProcess[] nodes = [fleet.StartNode("a"), fleet.StartNode("b")];
        await SubmitAsync(fleet, change);

        // What the run tells is counted, and after a drawn number of things somebody drawn is killed and started again.
        KeyedRandom random = new(new RandomKey(seed, default));
        CountingProgress progress = new();
        Task<int> watching = WatchAsync(fleet, progress);
        List<string> history = [];
        int wait = 1 + random.Next(MostBetweenKills);
        using CancellationTokenSource limit = new(Limit);
        try
        {
            await foreach (string happened in progress.Happened.ReadAllAsync(limit.Token))
            {
                if (history.Count == kills || --wait > 0)
                    continue;
                // 0 is the coordinator: one kill in four, because it costs the round under way, and the run has to come to its end.
                int victim = random.Next(4) switch { 0 => 0, 1 => 1, _ => 2 };
                history.Add($"{happened}: {(victim == 0 ? "coordinator" : $"node {victim}")}");
                await KillAsync(victim == 0 ? fleet.Coordinator : nodes[victim - 1]);
                if (victim == 0)
                    fleet.LaunchCoordinator();
                else
                    nodes[victim - 1] = fleet.StartNode(victim == 1 ? "a" : "b");
                wait = 1 + random.Next(MostBetweenKills);
            }

            Assert.Equal(0, await watching.WaitAsync(Limit));
        }
        catch (Exception failure) when (failure is TimeoutException or OperationCanceledException)
        {
            throw new TimeoutException($"killed {history.Count} times so far: {string.Join(", ", history)}\n{fleet.Written()}", failure);
        }

        Assert.True(history.Count >= 30, $"the run was over after {history.Count} kills: {string.Join(", ", history)}");
        AssertSameHashes(undisturbed, fleet);
    }

    [Fact]
    public async Task A_kill_at_any_named_point_changes_nothing()
    {
        Assert.True(NodePoints.Length + CoordinatorPoints.Length + 1 >= 20);
        string[] change = ["--set", "rounds=50", "--seed", "5"];
        JsonElement undisturbed = await experiment.RunAsync("undisturbed", change);
        await using TestFleet fleet = new(Path.Combine(experiment.Folder, "points"));

        // The coordinator that takes the run dies of it; whoever submitted it does so again.
        FederatedProcess first = fleet.LaunchCoordinator(FaultPoints.CoordinatorRunSubmitted);
        await first.LineAsync(line => line.Contains("listening at", StringComparison.Ordinal));
        ProcessResult lost = await fleet.RunAsync(["submit", experiment.File, .. change]);
        Assert.True(lost.ExitCode == 3, $"exit code {lost.ExitCode}\n{lost.Output}\n{lost.Error}");
        Assert.Equal(KilledBySignal9, await first.ExitAsync(CancellationToken.None).WaitAsync(Limit));
        List<string> died = [FaultPoints.CoordinatorRunSubmitted];

        using CancellationTokenSource over = new();
        Task coordinators = DieAtAsync(CoordinatorPoints, fleet.LaunchCoordinator, died, over.Token);
        await SubmitUntilTakenAsync(fleet, change);
        // The only node until it has died at all of its points: without it the run does not come to its end.
        Task nodes = DieAtAsync(NodePoints, fault => fleet.StartNode("a", fault), died, over.Token);
        CountingProgress progress = new();
        Task<int> watching = WatchAsync(fleet, progress);
        await Task.WhenAny(nodes, watching).WaitAsync(Limit);
        fleet.StartNode("b");
        Assert.Equal(0, await watching.WaitAsync(Limit));

        // The last points come after the run's last word. Whoever then still waits for its point has not come to it.
        Task all = Task.WhenAll(coordinators, nodes);
        await Task.WhenAny(all, Task.Delay(Patience, TimeProvider.System));
        await over.CancelAsync();
        await all.WaitAsync(Limit);
        string[] missed = [.. NodePoints.Concat(CoordinatorPoints).Except(died, StringComparer.Ordinal)];
        Assert.True(missed.Length == 0, $"not reached: {string.Join(", ", missed)}\n{fleet.Written()}");
        AssertSameHashes(undisturbed, fleet);
    }

    /// <summary>Starts a process that dies at the first point, when it has died one that dies at the second, and at last one that lives.</summary>
    private static async Task DieAtAsync(IReadOnlyList<string> points, Func<string?, FederatedProcess> start, List<string> died, CancellationToken over)
    {
        try
        {
            foreach (string point in points)
            {
                FederatedProcess process = start(point);
                int exitCode = await process.ExitAsync(over).WaitAsync(Limit, over);
                Assert.True(exitCode == KilledBySignal9, $"exit code {exitCode} instead of a death at {point}\n{process.Written}");
                lock (died)
                    died.Add(point);
            }

            start(null);
        }
        catch (OperationCanceledException) when (over.IsCancellationRequested)
        {
            // The run was over before this point was reached; the test says which.
        }
    }

    private async Task SubmitAsync(TestFleet fleet, string[] change)
    {
        ProcessResult submitted = await fleet.RunAsync(["submit", experiment.File, .. change]);
        Assert.True(submitted.ExitCode == 0, $"exit code {submitted.ExitCode}\n{submitted.Output}\n{submitted.Error}\n{fleet.Written()}");
    }

    /// <summary>Submits the experiment until a coordinator lives long enough to take it.</summary>
    private async Task SubmitUntilTakenAsync(TestFleet fleet, string[] change)
    {
        using CancellationTokenSource limit = new(Limit);
        ProcessResult result;
        do
        {
            limit.Token.ThrowIfCancellationRequested();
            result = await fleet.RunAsync(["submit", experiment.File, .. change]);
        }
        while (result.ExitCode == 3);
        Assert.True(result.ExitCode == 0, $"exit code {result.ExitCode}\n{result.Output}\n{result.Error}\n{fleet.Written()}");
    }

    private static async Task<int> WatchAsync(TestFleet fleet, CountingProgress progress)
    {
        try
        {
            await using IRunsClient client = RunsClient.Connect(new CoordinatorAccess(new Uri(fleet.Url), null, null, null, null, AllowPlainText: false));
            while (true)
            {
                try
                {
                    return await new RunWatch(client, progress, TimeProvider.System).ToEndAsync("small", CancellationToken.None);
                }
                catch (CoordinatorLostException)
                {
                    await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System); // it is about to be started again
                }
            }
        }
        finally
        {
            progress.End();
        }
    }

    private static async Task KillAsync(FederatedProcess process)
    {
        process.Kill();
        await process.EndAsync();
    }

    private static void AssertSameHashes(JsonElement expected, TestFleet fleet)
    {
        JsonElement actual = SmallExperiment.ReadSummary(Path.Combine(fleet.Runs, "small"));
        foreach (string hash in (string[])["modelSha256", "ledgerSha256"])
            Assert.Equal(expected.GetProperty(hash).GetString(), actual.GetProperty(hash).GetString());
    }
}
