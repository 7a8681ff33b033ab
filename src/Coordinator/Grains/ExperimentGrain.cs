using System.Collections.Immutable;
using Federated.Coordinator.Placement;
using Federated.Protocol.V1;

namespace Federated.Coordinator.Grains;

/// <inheritdoc cref="IExperimentGrain"/>
internal sealed class ExperimentGrain(GrainContext context, PlacementOptions options) : Grain<ExperimentState>(context, GrainJson.Default.ExperimentState), IExperimentGrain
{
    private readonly SortedDictionary<string, PlacementNode> ready = new(StringComparer.Ordinal);
    private ListIdSource? ids;
    private RunStandings standings = new(options);
    private PhasePlacement? phase; // kept when it is over, until the next one begins: late answers are told what became of their lists

    /// <inheritdoc/>
    public override bool MayBeDeactivated => ids is null;

    /// <inheritdoc/>
    public async Task<SubmissionResult> SubmitAsync(RunSubmission submission)
    {
        if (Exists && State.Experiment != submission.Experiment)
            throw new RunConflictException($"there is a run '{Key}' of another experiment; submit under another name");
        bool again = State.Status is RunStatus.Stopped or RunStatus.Failed;
        if (Exists && !again)
            return new SubmissionResult(State, Existed: true);
        bool existed = Exists;
        ExperimentState begin = existed ? State : new ExperimentState { Experiment = submission.Experiment, Method = submission.Method, Rounds = submission.Rounds, Submitted = submission.Submitted };
        await SaveAsync(begin with { Status = RunStatus.Queued, Error = "" });
        return new SubmissionResult(State, existed);
    }

    /// <inheritdoc/>
    public Task<ExperimentState> DescribeAsync() => Task.FromResult(State);

    /// <inheritdoc/>
    public async Task<ExperimentState> StartAsync()
    {
        if (!Exists || State.IsOver)
            throw new RunConflictException(Exists ? $"run '{Key}' is over ({State.Status}); submit it again" : $"there is no run '{Key}'");
        uint epoch = await Context.Grains.Get<IFleetGrain>(IFleetGrain.OnlyKey).NextEpochAsync();
        await SaveAsync(State with { Status = RunStatus.Running, Epoch = epoch, Error = "" });
        ids = new ListIdSource(epoch);
        standings = new RunStandings(options);
        phase = null;
        return State;
    }

    /// <inheritdoc/>
    public Task RoundCompletedAsync(RunProgressReport report) => SaveAsync(State with
    {
        RoundsCompleted = report.RoundsCompleted,
        Accuracy = report.Accuracy,
        BytesUp = report.BytesUp,
        BytesDown = report.BytesDown,
    });

    /// <inheritdoc/>
    public async Task<ExperimentState> EndAsync(RunStatus status, string error)
    {
        if (!Exists)
            throw new RunConflictException($"there is no run '{Key}'");
        if (status is not (RunStatus.Finished or RunStatus.Stopped or RunStatus.Failed))
            throw new ArgumentException($"a run does not end as {status}", nameof(status));
        await SaveAsync(State with { Status = status, Error = error });
        ids = null;
        phase = null;
        ready.Clear();
        return State;
    }

    /// <inheritdoc/>
    public Task<PlacementStep> BeginPhaseAsync(PhaseOrder order, TimeSpan now)
    {
        if (ids is null)
            throw new RunConflictException($"run '{Key}' has not been started in this process");
        if (phase is { IsOver: false })
            throw new RunConflictException($"the phase '{phase.Order.Task}' of round {phase.Order.Round} of run '{Key}' is not over");
        phase = new PhasePlacement(order, options, ids, standings);
        return Step(phase.Begin(ready.Values, now), now);
    }

    /// <inheritdoc/>
    public Task<PlacementStep> AbandonPhaseAsync(TimeSpan now) => Step(phase?.Abandon(now) ?? [], now);

    /// <inheritdoc/>
    public Task<PlacementStep> NodeJoinedAsync(PlacementNode node, ImmutableArray<ulong> lists, TimeSpan now)
    {
        ready[node.Name] = node;
        return Step(phase?.NodeJoined(node, lists, now) ?? [.. lists.Select(list => new Revoke(node.Name, list, Abandon: true))], now);
    }

    /// <inheritdoc/>
    public Task<PlacementStep> NodeDisconnectedAsync(string node, TimeSpan now)
    {
        ready.Remove(node);
        return Step(phase?.NodeDisconnected(node, now) ?? [], now);
    }

    /// <inheritdoc/>
    public Task<PlacementStep> NodeLostAsync(string node, TimeSpan now)
    {
        ready.Remove(node);
        return Step(phase?.NodeLost(node, now) ?? [], now);
    }

    /// <inheritdoc/>
    public Task<PlacementStep> ListStartedAsync(ulong list, string node, TimeSpan now) => Step(phase?.Started(list, node, now) ?? [], now);

    /// <inheritdoc/>
    public Task<PlacementStep> ProgressAsync(ulong list, string node, double clientsDone, TimeSpan now) => Step(phase?.Progress(list, node, clientsDone, now) ?? [], now);

    /// <inheritdoc/>
    public Task<AnswerStep> AnsweredAsync(ulong list, string node, double slotSeconds, TimeSpan now)
    {
        AnswerDecision decision = phase?.Answered(list, node, slotSeconds, now)
            ?? new AnswerDecision(AnswerVerdict.Stale, [new RefusedTo(node, list, RefusalReason.StaleList, $"run '{Key}' has no phase under way")]);
        return Task.FromResult(new AnswerStep(decision.Verdict, After(decision.Actions, now)));
    }

    /// <inheritdoc/>
    public Task<CountedStep> CountedAsync(ulong list, string node, TimeSpan now)
    {
        PhasePlacement under = Phase();
        ImmutableArray<PlacementAction> actions = under.Counted(list, node, now);
        ListWork work = under.WorkOf(list);
        // The next phase begins with what this one has taught.
        if (ready.TryGetValue(node, out PlacementNode? known))
            ready[node] = known with { Model = known.Model.Learn(work.Task, work.Operations, work.SlotSeconds) };
        return Task.FromResult(new CountedStep(After(actions, now), work));
    }

    /// <inheritdoc/>
    public Task<PlacementStep> RefusedAsync(ulong list, string node, RefusalReason reason, string message, TimeSpan now) =>
        Step(Phase().Refused(list, node, reason, message, now), now);

    /// <inheritdoc/>
    public Task<PlacementStep> ListFailedAsync(ulong list, string node, FailureKind kind, int? client, string message, TimeSpan now) =>
        Step(phase?.Failed(list, node, kind, client, message, now) ?? [], now);

    /// <inheritdoc/>
    public Task<PlacementStep> ListReturnedAsync(ulong list, string node, TimeSpan now) => Step(phase?.Returned(list, node, now) ?? [], now);

    /// <inheritdoc/>
    public Task<PlacementStep> TickAsync(TimeSpan now) => Step(phase?.Tick(now) ?? [], now);

    private PhasePlacement Phase() => phase ?? throw new RunConflictException($"run '{Key}' has no phase under way");

    private Task<PlacementStep> Step(ImmutableArray<PlacementAction> actions, TimeSpan now) => Task.FromResult(After(actions, now));

    private PlacementStep After(ImmutableArray<PlacementAction> actions, TimeSpan now) => new(actions, phase?.NextDeadline(now), phase?.IsWaiting ?? false);
}
