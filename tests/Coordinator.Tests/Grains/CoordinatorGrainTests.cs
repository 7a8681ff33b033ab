using Federated.Coordinator.Grains;
using Federated.Coordinator.Placement;
using Federated.Coordinator.Tests.Progress;
using Federated.Coordinator.Tests.Runs;
using Federated.Protocol.V1;
using Xunit;

namespace Federated.Coordinator.Tests.Grains;

/// <summary>The three grains of a coordinator over files, across restarts.</summary>
public sealed class CoordinatorGrainTests : IAsyncLifetime
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private static readonly RunSubmission Submission = new("name: quick", "fedavg", 3, "2026-01-01T00:00:00Z");
    private static readonly NodeRegistration Registration = new(Instance: 99, Slots: 2, MemoryBytes: 1 << 30, OperationsPerSecond: 1e9, Release: "0.1.0");

    private readonly TemporaryFolder folder = new();
    private readonly ManualTime time = new();
    private LocalGrains grains;

    public CoordinatorGrainTests() => grains = Host();

    private IFleetGrain Fleet => grains.Get<IFleetGrain>(IFleetGrain.OnlyKey);

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await grains.DisposeAsync().AsTask().WaitAsync(Limit);
        folder.Dispose();
    }

    [Fact]
    public async Task A_run_is_kept_from_its_submission_to_its_end()
    {
        Assert.Equal(RunStatus.Unspecified, (await Run("r").DescribeAsync().WaitAsync(Limit)).Status);
        SubmissionResult first = await Run("r").SubmitAsync(Submission).WaitAsync(Limit);
        Assert.Equal((false, RunStatus.Queued), (first.Existed, first.State.Status));
        Assert.True((await Run("r").SubmitAsync(Submission with { Submitted = "later" }).WaitAsync(Limit)).Existed);
        await Assert.ThrowsAsync<RunConflictException>(() => Run("r").SubmitAsync(Submission with { Experiment = "name: other" }).WaitAsync(Limit));
        await Restart();

        await Run("r").StartAsync().WaitAsync(Limit);
        await Run("r").RoundCompletedAsync(new RunProgressReport(2, 0.5, 100, 200)).WaitAsync(Limit);
        await Restart();

        ExperimentState state = await Run("r").DescribeAsync().WaitAsync(Limit);
        Assert.Equal(
            ("name: quick", "fedavg", RunStatus.Running, "2026-01-01T00:00:00Z", 3, 2, 0.5, 100, 200),
            (state.Experiment, state.Method, state.Status, state.Submitted, state.Rounds, state.RoundsCompleted, state.Accuracy, state.BytesUp, state.BytesDown));
        await Run("r").EndAsync(RunStatus.Failed, "client 3 diverged").WaitAsync(Limit);
        await Restart();
        state = await Run("r").DescribeAsync().WaitAsync(Limit);
        Assert.Equal((RunStatus.Failed, "client 3 diverged"), (state.Status, state.Error));
        await Assert.ThrowsAsync<RunConflictException>(() => Run("r").StartAsync().WaitAsync(Limit));

        // Submitted again it goes on where it failed.
        SubmissionResult again = await Run("r").SubmitAsync(Submission).WaitAsync(Limit);
        Assert.Equal((true, RunStatus.Queued, 2, ""), (again.Existed, again.State.Status, again.State.RoundsCompleted, again.State.Error));
    }

    [Fact]
    public async Task Starts_never_share_an_epoch()
    {
        var epochs = new List<uint>();
        foreach (string run in new[] { "a", "b", "a", "a" })
        {
            await Run(run).SubmitAsync(Submission).WaitAsync(Limit);
            epochs.Add((await Run(run).StartAsync().WaitAsync(Limit)).Epoch);
            await Restart();
        }

        Assert.Equal([1U, 2U, 3U, 4U], epochs);
        await Assert.ThrowsAsync<RunConflictException>(() => Run("none").StartAsync().WaitAsync(Limit));
    }

    [Fact]
    public async Task The_queue_is_kept_in_order_and_the_run_under_way_stays_in_front()
    {
        await Fleet.EnqueueAsync("b").WaitAsync(Limit);
        await Fleet.EnqueueAsync("a").WaitAsync(Limit);
        await Fleet.EnqueueAsync("b").WaitAsync(Limit);
        Assert.Equal("b", await Fleet.NextRunAsync().WaitAsync(Limit));
        await Restart();

        Assert.Equal("b", await Fleet.NextRunAsync().WaitAsync(Limit));
        await Fleet.RemoveAsync("b").WaitAsync(Limit);
        Assert.Equal("a", await Fleet.NextRunAsync().WaitAsync(Limit));
        await Fleet.RemoveAsync("a").WaitAsync(Limit);
        Assert.Null(await Fleet.NextRunAsync().WaitAsync(Limit));
        Assert.Equal<string>(["b", "a"], await Fleet.RunsAsync().WaitAsync(Limit));
    }

    [Fact]
    public async Task Messages_of_an_older_stream_are_stale()
    {
        NodeSession first = await Node("n").RegisterAsync(Registration).WaitAsync(Limit);
        NodeSession second = await Node("n").RegisterAsync(Registration).WaitAsync(Limit);

        Assert.False(await Node("n").IsCurrentAsync(first.Session).WaitAsync(Limit));
        Assert.True(await Node("n").IsCurrentAsync(second.Session).WaitAsync(Limit));
        Assert.False(await Node("n").DisconnectedAsync(first.Session).WaitAsync(Limit));
        Assert.True((await Node("n").DescribeAsync().WaitAsync(Limit)).Connected);
        Assert.True(await Node("n").DisconnectedAsync(second.Session).WaitAsync(Limit));
        await Restart();

        NodeSession third = await Node("n").RegisterAsync(Registration).WaitAsync(Limit);
        NodeSession anew = await Node("n").RegisterAsync(Registration with { Instance = 100 }).WaitAsync(Limit);
        Assert.Equal([1UL, 2UL, 3UL, 4UL], [first.Session, second.Session, third.Session, anew.Session]);
        Assert.Equal([false, false, false, true], [first.Restarted, second.Restarted, third.Restarted, anew.Restarted]);
    }

    [Fact]
    public async Task What_was_learned_of_a_node_is_kept_at_the_end_of_a_round()
    {
        await Node("n").RegisterAsync(Registration).WaitAsync(Limit);
        await Node("n").CountedAsync(new ListWork("train", 7, 1e9, 4)).WaitAsync(Limit);
        await Node("n").RefusedAsync().WaitAsync(Limit);
        time.Advance(10);
        await Node("n").SaveAsync().WaitAsync(Limit);
        await Node("n").CountedAsync(new ListWork("train", 1, 1e9, 4)).WaitAsync(Limit);
        await Node("n").SaveAsync().WaitAsync(Limit); // of a round that was over in a moment: not worth a wait for the disk
        await Restart();

        NodeDescription node = await Node("n").DescribeAsync().WaitAsync(Limit);

        Assert.Equal((7, 1, 1, false), (node.State.ClientsDone, node.State.AnswersAccepted, node.State.AnswersRefused, node.Connected));
        Assert.Equal(4e-9, node.State.Model.SecondsPerOperation("train"), 1e-15);
        Assert.Equal((2, 1UL << 30, "0.1.0"), (node.State.Slots, node.State.MemoryBytes, node.State.Release));
    }

    [Fact]
    public async Task A_registration_that_cannot_be_true_is_refused()
    {
        NodeRegistration[] lies =
        [
            Registration with { Slots = 0 }, Registration with { Slots = 1_000_000 }, Registration with { OperationsPerSecond = double.NaN },
            Registration with { OperationsPerSecond = 0 }, Registration with { OperationsPerSecond = double.PositiveInfinity }, Registration with { Release = new string('x', 1000) },
        ];
        foreach (NodeRegistration lie in lies)
            await Assert.ThrowsAsync<NodeRegistrationException>(() => Node("n").RegisterAsync(lie).WaitAsync(Limit));
        Assert.False(Directory.Exists(folder["node"]));
    }

    [Fact]
    public async Task The_fleet_knows_who_is_there_and_who_was()
    {
        await Fleet.NodeConnectedAsync("b", 1).WaitAsync(Limit);
        await Fleet.NodeConnectedAsync("a", 1).WaitAsync(Limit);
        await Fleet.NodeConnectedAsync("b", 2).WaitAsync(Limit);

        Assert.False(await Fleet.NodeDisconnectedAsync("b", 1).WaitAsync(Limit)); // the older stream ends after the newer one began
        Assert.Equal<FleetMember>([new FleetMember("a", 1), new FleetMember("b", 2)], await Fleet.NodesAsync().WaitAsync(Limit));
        Assert.True(await Fleet.NodeDisconnectedAsync("b", 2).WaitAsync(Limit));
        await Restart();
        Assert.Equal<FleetMember>([new FleetMember("a", null), new FleetMember("b", null)], await Fleet.NodesAsync().WaitAsync(Limit));
    }

    [Fact]
    public async Task A_phase_goes_through_the_grain_and_nodes_that_are_ready_stay_so_for_the_next()
    {
        IExperimentGrain run = await Started("r");
        await run.NodeJoinedAsync(new PlacementNode("a", 1, TimeModel.FromMeasurement(1e9)), [], At(0)).WaitAsync(Limit);
        ulong last = 0;
        for (int round = 1; round <= 2; round++)
        {
            PlacementStep step = await run.BeginPhaseAsync(Order(round, 6), At(round * 100)).WaitAsync(Limit);
            await Assert.ThrowsAsync<RunConflictException>(() => run.BeginPhaseAsync(Order(round, 6), At(round * 100)).WaitAsync(Limit));
            Assert.NotNull(step.NextDeadline);
            int clients = 0;
            while (!step.Actions.OfType<PhaseDone>().Any())
            {
                SendList send = Assert.Single(step.Actions.OfType<SendList>());
                AnswerStep answer = await run.AnsweredAsync(send.List.Id, "a", 2, At((round * 100) + 2)).WaitAsync(Limit);
                Assert.Equal(AnswerVerdict.Count, answer.Verdict);
                CountedStep counted = await run.CountedAsync(send.List.Id, "a", At((round * 100) + 2)).WaitAsync(Limit);
                Assert.Equal(("train", send.List.Clients.Length, send.List.Operations), (counted.Work.Task, counted.Work.Clients, counted.Work.Operations));
                clients += counted.Work.Clients;
                step = counted.Step with { Actions = [.. answer.Step.Actions, .. counted.Step.Actions] };
                last = send.List.Id;
            }

            Assert.Equal(6, clients);
            Assert.Null(step.NextDeadline);
            AnswerStep late = await run.AnsweredAsync(last, "a", 2, At(round * 100)).WaitAsync(Limit);
            Assert.Equal((AnswerVerdict.Duplicate, new Accepted("a", last)), (late.Verdict, (Accepted)Assert.Single(late.Step.Actions)));
        }
    }

    [Fact]
    public async Task After_a_restart_the_lists_of_before_are_stale()
    {
        IExperimentGrain run = await Started("r");
        await run.NodeJoinedAsync(new PlacementNode("a", 1, TimeModel.FromMeasurement(1e9)), [], At(0)).WaitAsync(Limit);
        ulong before = Assert.Single((await run.BeginPhaseAsync(Order(1, 1), At(0)).WaitAsync(Limit)).Actions.OfType<SendList>()).List.Id;
        await Restart();

        run = Run("r");
        await Assert.ThrowsAsync<RunConflictException>(() => run.BeginPhaseAsync(Order(1, 1), At(0)).WaitAsync(Limit));
        await run.StartAsync().WaitAsync(Limit);
        PlacementStep joined = await run.NodeJoinedAsync(new PlacementNode("a", 1, TimeModel.FromMeasurement(1e9)), [before], At(0)).WaitAsync(Limit);
        Assert.Equal<PlacementAction>([new Revoke("a", before, Abandon: true)], joined.Actions);
        ulong after = Assert.Single((await run.BeginPhaseAsync(Order(1, 1), At(0)).WaitAsync(Limit)).Actions.OfType<SendList>()).List.Id;
        Assert.NotEqual(before, after);
        Assert.Equal(AnswerVerdict.Stale, (await run.AnsweredAsync(before, "a", 1, At(1)).WaitAsync(Limit)).Verdict);
    }

    [Fact]
    public async Task Events_without_a_phase_do_nothing()
    {
        IExperimentGrain run = await Started("r");
        PlacementStep[] steps =
        [
            await run.TickAsync(At(1)).WaitAsync(Limit), await run.ListStartedAsync(1, "a", At(1)).WaitAsync(Limit), await run.ProgressAsync(1, "a", 1, At(1)).WaitAsync(Limit),
            await run.ListReturnedAsync(1, "a", At(1)).WaitAsync(Limit), await run.ListFailedAsync(1, "a", FailureKind.Node, null, "", At(1)).WaitAsync(Limit),
            await run.NodeLostAsync("a", At(1)).WaitAsync(Limit), await run.NodeDisconnectedAsync("a", At(1)).WaitAsync(Limit), await run.AbandonPhaseAsync(At(1)).WaitAsync(Limit),
        ];
        Assert.All(steps, step => Assert.Equal((true, null, false), (step.Actions.IsEmpty, step.NextDeadline, step.IsWaiting)));
        Assert.Equal(AnswerVerdict.Stale, (await run.AnsweredAsync(1, "a", 1, At(1)).WaitAsync(Limit)).Verdict);

        Assert.True((await run.BeginPhaseAsync(Order(1, 1), At(2)).WaitAsync(Limit)).IsWaiting);
    }

    private static PhaseOrder Order(int round, int clients) => new("r", round, "train", [.. Enumerable.Range(0, clients).Select(client => new ClientCost(client, 1e9))]);

    private static TimeSpan At(double seconds) => TimeSpan.FromSeconds(seconds);

    private IExperimentGrain Run(string name) => grains.Get<IExperimentGrain>(name);

    private INodeGrain Node(string name) => grains.Get<INodeGrain>(name);

    private async Task<IExperimentGrain> Started(string name)
    {
        await Run(name).SubmitAsync(Submission).WaitAsync(Limit);
        await Run(name).StartAsync().WaitAsync(Limit);
        return Run(name);
    }

    /// <summary>As a process that was killed: what is in memory is gone.</summary>
    private async Task Restart()
    {
        await grains.DisposeAsync().AsTask().WaitAsync(Limit);
        grains = Host();
    }

    private LocalGrains Host() => new LocalGrains(new FileGrainStorage(folder.Path), time)
        .Register<IFleetGrain>("fleet", context => new FleetGrain(context))
        .Register<INodeGrain>("node", context => new NodeGrain(context))
        .Register<IExperimentGrain>("experiment", context => new ExperimentGrain(context, PlacementOptions.Default));
}
