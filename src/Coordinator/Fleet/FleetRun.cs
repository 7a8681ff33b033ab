using Federated.Coordinator.Grains;
using Federated.Coordinator.Placement;
using Federated.Coordinator.Split;
using Federated.Methods.Federation;
using Federated.Protocol.Faults;
using Federated.Protocol.Transfer;
using Federated.Protocol.V1;

namespace Federated.Coordinator.Fleet;

/// <summary>
/// A run on the fleet: brings what happens on nodes before the run's grain, which decides, and carries out what it decided. Used by the dispatcher alone, one event at a time.
/// </summary>
internal sealed class FleetRun(
    PrepareExperiment experiment, IGrains grains, UploadInbox inbox, CoordinatorBodies bodies, FleetClock clock, FleetNotices notices, FleetMetrics metrics)
{
    private const int NoRound = -1;

    private readonly IExperimentGrain grain = grains.Get<IExperimentGrain>(experiment.Run);
    private readonly SortedDictionary<string, RosterNode> ready = new(StringComparer.Ordinal);
    private FleetPhase? phase;
    private int round = NoRound;
    private bool isWaiting;

    /// <summary>Name of the run.</summary>
    public string Name => experiment.Run;

    /// <summary>When placement wants to look again.</summary>
    public TimeSpan? NextDeadline { get; private set; }

    /// <summary>A node is there, or is there again.</summary>
    public async Task EnteredAsync(RosterNode node)
    {
        node.Stream?.Send(new CoordinatorMessage { Prepare = experiment });
        // A node that was away keeps what it had in hand, but what was sent to the lost stream may have been lost with it: the registration says what is there.
        if (ready.ContainsKey(node.Name))
            await JoinedAsync(node);
    }

    /// <summary>The stream of a node is gone; the node may come back.</summary>
    public async Task DisconnectedAsync(RosterNode node)
    {
        if (ready.ContainsKey(node.Name))
            CarryOut(await grain.NodeDisconnectedAsync(node.Name, clock.Now));
    }

    /// <summary>A node is gone for good, with all that it had in hand.</summary>
    public async Task LostAsync(RosterNode node)
    {
        if (ready.Remove(node.Name))
            CarryOut(await grain.NodeLostAsync(node.Name, clock.Now));
    }

    /// <summary>A node said something.</summary>
    public Task HearAsync(RosterNode node, NodeMessage message) => message.KindCase switch
    {
        NodeMessage.KindOneofCase.ExperimentReady => ReadyAsync(node, message.ExperimentReady),
        NodeMessage.KindOneofCase.ExperimentRefused => RefusedAsync(node, message.ExperimentRefused),
        NodeMessage.KindOneofCase.Heartbeat => ProgressAsync(node, message.Heartbeat),
        NodeMessage.KindOneofCase.ListStarted => StartedAsync(node, message.ListStarted),
        NodeMessage.KindOneofCase.ListAnswered => AnsweredAsync(node, message.ListAnswered),
        NodeMessage.KindOneofCase.ListFailed => FailedAsync(node, message.ListFailed),
        NodeMessage.KindOneofCase.ListReturned => ReturnedAsync(node, message.ListReturned),
        _ => Task.CompletedTask,
    };

    /// <summary>A phase begins.</summary>
    public async Task BeginAsync(FleetPhase begun)
    {
        phase = begun;
        inbox.Open(Name);
        FaultPoint.Reach(FaultPoints.CoordinatorPhaseBegun);
        if (begun.Order.Round != round)
            await SaveNodesAsync();
        round = begun.Order.Round;
        CarryOut(await grain.BeginPhaseAsync(begun.Order, clock.Now));
    }

    /// <summary>Nobody waits for the phase any more.</summary>
    public async Task CancelAsync(FleetPhase cancelled)
    {
        if (phase != cancelled)
            return;
        CarryOut(await grain.AbandonPhaseAsync(clock.Now));
        End();
    }

    /// <summary>Time has passed.</summary>
    public async Task TickAsync()
    {
        if (phase is not null)
            CarryOut(await grain.TickAsync(clock.Now));
    }

    /// <summary>The phase under way fails for a reason of the coordinator's own.</summary>
    public void Fail(Exception reason)
    {
        phase?.Fail(reason);
        End();
    }

    private async Task ReadyAsync(RosterNode node, ExperimentReady said)
    {
        if (!IsOfThisRun(said.Run) || node.Registration.BodyOnly || !ready.TryAdd(node.Name, node))
            return;
        await JoinedAsync(node);
    }

    private Task RefusedAsync(RosterNode node, ExperimentRefused said)
    {
        if (IsOfThisRun(said.Run))
            notices.Say($"node {node.Name} cannot take part in {Name}: {said.Reason}");
        return Task.CompletedTask;
    }

    private async Task JoinedAsync(RosterNode node) =>
        CarryOut(await grain.NodeJoinedAsync(node.Placement, [.. node.Registration.Lists], clock.Now));

    private async Task StartedAsync(RosterNode node, ListStarted said)
    {
        if (phase is null)
            return;
        FaultPoint.Reach(FaultPoints.CoordinatorListStarted);
        CarryOut(await grain.ListStartedAsync(said.List, node.Name, clock.Now));
    }

    private async Task ProgressAsync(RosterNode node, Heartbeat heartbeat)
    {
        foreach (ListProgress list in heartbeat.Lists)
        {
            if (phase is null)
                return;
            double done = list.ClientsDone;
            foreach (ClientProgress client in list.Clients)
            {
                phase.Progressed(client);
                done += client.Steps > 0 ? Math.Min(1, (double)client.StepsDone / client.Steps) : 0;
            }

            CarryOut(await grain.ProgressAsync(list.List, node.Name, done, clock.Now));
        }
    }

    private async Task AnsweredAsync(RosterNode node, ListAnswered said)
    {
        FaultPoint.Reach(FaultPoints.CoordinatorAnswerAnnounced);
        if (phase is null)
        {
            Tell(node.Name, Refusal(said.List, RefusalReason.StaleList, "no phase is under way: the round that the list is of is over"));
            return;
        }

        AnswerStep announced = await grain.AnsweredAsync(said.List, node.Name, said.SlotSeconds, clock.Now);
        CarryOut(announced.Step);
        if (announced.Verdict != AnswerVerdict.Count)
            return;
        try
        {
            using Blob blob = inbox.Take(said.List, new BlobDigest(said.AnswerSha256.Span))
                ?? throw new AnswerRefusedException(RefusalReason.NotUploaded, "the answer was announced and has not been uploaded");
            phase.Count(said.List, await blob.LoadAsync(Array.MaxLength));
            FaultPoint.Reach(FaultPoints.CoordinatorAnswerMerged);
        }
        catch (AnswerRefusedException refused)
        {
            await grains.Get<INodeGrain>(node.Name).RefusedAsync();
            CarryOut(await grain.RefusedAsync(said.List, node.Name, refused.Reason, refused.Message, clock.Now));
            return;
        }

        inbox.Forget(said.List);
        CountedStep counted = await grain.CountedAsync(said.List, node.Name, clock.Now);
        await grains.Get<INodeGrain>(node.Name).CountedAsync(counted.Work);
        CarryOut(counted.Step);
        FaultPoint.Reach(FaultPoints.CoordinatorAnswerCounted);
    }

    private async Task FailedAsync(RosterNode node, ListFailed said)
    {
        if (phase is null)
            return;
        notices.Say($"a list failed on node {node.Name}: {said.Message}");
        int? client = said.HasClient ? (int)Math.Min(said.Client, int.MaxValue) : null;
        CarryOut(await grain.ListFailedAsync(said.List, node.Name, said.Kind, client, said.Message, clock.Now));
    }

    private async Task ReturnedAsync(RosterNode node, ListReturned said)
    {
        if (phase is not null)
            CarryOut(await grain.ListReturnedAsync(said.List, node.Name, clock.Now));
    }

    private void CarryOut(PlacementStep step)
    {
        NextDeadline = step.NextDeadline;
        foreach (PlacementAction action in step.Actions)
            CarryOut(action);
        if (step.IsWaiting && !isWaiting)
            notices.Say("waiting for nodes: no node that is ready for this run is there; start one with `federated node`");
        isWaiting = step.IsWaiting;
    }

    private void CarryOut(PlacementAction action)
    {
        switch (action)
        {
            case SendList send:
                inbox.Expect(send.List.Id, send.Node, phase!.LargestAnswer(send.List));
                Tell(send.Node, new CoordinatorMessage { WorkList = phase.MessageFor(send.List) });
                FaultPoint.Reach(FaultPoints.CoordinatorListSent);
                break;
            case Revoke revoke:
                if (revoke.Abandon)
                    bodies.Withdrawn?.Invoke(revoke.List, revoke.Node);
                Tell(revoke.Node, new CoordinatorMessage { Revoke = new RevokeList { List = revoke.List, Abandon = revoke.Abandon } });
                break;
            case Accepted accepted:
                metrics.Accepted();
                Tell(accepted.Node, new CoordinatorMessage { Accepted = new AnswerAccepted { List = accepted.List } });
                break;
            case RefusedTo refused:
                metrics.Refused(refused.Reason);
                notices.Say($"an answer of node {refused.Node} was refused ({FleetMetrics.NameOf(refused.Reason)}): {refused.Message}");
                Tell(refused.Node, Refusal(refused.List, refused.Reason, refused.Message));
                break;
            case NodeExcluded excluded:
                notices.Say($"node {excluded.Node} gets nothing more of {Name}: {excluded.Message}");
                break;
            case PhaseDone:
                FaultPoint.Reach(FaultPoints.CoordinatorPhaseDone);
                phase!.Complete();
                End();
                break;
            case PhaseFailed failed:
                phase!.Fail(new ClientAnswerException(failed.Message));
                End();
                break;
            default:
                throw new InvalidOperationException($"nobody carries out {action}");
        }
    }

    private void End()
    {
        phase = null;
        NextDeadline = null;
        inbox.Clear();
    }

    private bool IsOfThisRun(string run) => string.Equals(run, Name, StringComparison.Ordinal);

    // A node that is away hears nothing: what it has in hand is settled when it comes back.
    private void Tell(string node, CoordinatorMessage message) => ready.GetValueOrDefault(node)?.Stream?.Send(message);

    private static CoordinatorMessage Refusal(ulong list, RefusalReason reason, string message) =>
        new() { Refused = new AnswerRefused { List = list, Reason = reason, Message = message } };

    // What was learned of nodes is kept at the boundaries of rounds.
    private Task SaveNodesAsync() => Task.WhenAll(ready.Keys.Select(node => grains.Get<INodeGrain>(node).SaveAsync()));
}
