using System.Threading.Channels;
using Federated.Coordinator.Grains;
using Federated.Protocol.Faults;
using Federated.Protocol.Rpc;
using Federated.Protocol.V1;

namespace Federated.Coordinator.Fleet;

/// <summary>
/// Where everything comes together that concerns nodes: streams that come and go, what nodes say, phases that begin, times that pass. One event after the other, so that what is sent to a node has the order in
/// which it was decided. Knows who is there (<see cref="RosterNode"/>); what a run does with them is the business of its <see cref="FleetRun"/>.
/// </summary>
internal sealed class FleetDispatcher : IAsyncDisposable
{
    // Streams that wait for a place here are not read from meanwhile: this bounds what all nodes together can put into the coordinator's memory.
    private const int MostWaiting = 1024;

    private readonly Channel<FleetEvent> events = Channel.CreateBounded<FleetEvent>(new BoundedChannelOptions(MostWaiting) { SingleReader = true });
    private readonly SortedDictionary<string, RosterNode> roster = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource stopping = new();
    private readonly IGrains grains;
    private readonly FleetOptions options;
    private readonly FleetClock clock;
    private readonly FleetNotices notices;
    private readonly ITimer alarm;
    private readonly Task loop;
    private FleetRun? run;
    private string[] bodyHosts = [];

    public FleetDispatcher(IGrains grains, FleetOptions options, FleetClock clock, FleetNotices notices)
    {
        this.grains = grains;
        this.options = options;
        this.clock = clock;
        this.notices = notices;
        alarm = clock.Time.CreateTimer(_ => events.Writer.TryWrite(new TimePassed()), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        loop = LoopAsync();
    }

    /// <summary>A stream has begun.</summary>
    public ValueTask EnterAsync(NodeStream stream, CancellationToken cancel) => events.Writer.WriteAsync(new StreamOpened(stream), cancel);

    /// <summary>A stream is over. Not to be cancelled: the dispatcher must know.</summary>
    public async ValueTask LeaveAsync(NodeStream stream)
    {
        try
        {
            await events.Writer.WriteAsync(new StreamClosed(stream), stopping.Token);
        }
        catch (Exception over) when (over is ChannelClosedException or OperationCanceledException)
        {
            // The coordinator ends, and all streams with it.
        }
    }

    /// <summary>A node said something.</summary>
    public ValueTask HearAsync(NodeStream stream, NodeMessage message, CancellationToken cancel) => events.Writer.WriteAsync(new NodeSaid(stream, message), cancel);

    /// <summary>A run begins to use the fleet. One at a time.</summary>
    public ValueTask OpenAsync(FleetRun opened, CancellationToken cancel) => events.Writer.WriteAsync(new RunOpened(opened), cancel);

    /// <summary>A run needs the fleet no more.</summary>
    public async Task CloseAsync(FleetRun closed)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await events.Writer.WriteAsync(new RunClosed(closed, done), stopping.Token);
        await done.Task.WaitAsync(stopping.Token);
    }

    /// <summary>Runs a phase of the open run to its end.</summary>
    public async Task RunAsync(FleetPhase phase, CancellationToken cancel)
    {
        await events.Writer.WriteAsync(new PhaseBegun(phase), cancel);
        try
        {
            await phase.Completion.WaitAsync(cancel);
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            // The phase's observer must not hear anything after this method has ended.
            var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            await events.Writer.WriteAsync(new PhaseCancelled(phase, done), stopping.Token);
            await done.Task.WaitAsync(stopping.Token);
            throw;
        }
    }

    /// <summary>Tells all nodes to end.</summary>
    public ValueTask DismissAsync(string reason) => events.Writer.WriteAsync(new NodesDismissed(reason), stopping.Token);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        await loop;
        await alarm.DisposeAsync();
        foreach (RosterNode node in roster.Values)
            node.Stream?.End(new RpcStatus(RpcStatusCode.Unavailable, "the coordinator ends"));
        stopping.Dispose();
    }

    private async Task LoopAsync()
    {
        try
        {
            await foreach (FleetEvent happened in events.Reader.ReadAllAsync(stopping.Token))
            {
                try
                {
                    await HandleAsync(happened);
                    SetAlarm();
                }
                catch (Exception problem) when (!stopping.IsCancellationRequested)
                {
                    // A mistake of ours in a phase fails that phase; the fleet goes on.
                    notices.Say($"internal error in the fleet: {problem}");
                    run?.Fail(problem);
                }
            }
        }
        catch (OperationCanceledException)
        {
            run?.Fail(new OperationCanceledException("The coordinator ended.", stopping.Token));
        }

        events.Writer.TryComplete();
    }

    private Task HandleAsync(FleetEvent happened) => happened switch
    {
        StreamOpened opened => EnteredAsync(opened.Stream),
        StreamClosed closed => LeftAsync(closed.Stream),
        NodeSaid said => SaidAsync(said.Stream, said.Message),
        RunOpened opened => OpenedAsync(opened.Run),
        RunClosed closed => ClosedAsync(closed),
        PhaseBegun begun => run!.BeginAsync(begun.Phase),
        PhaseCancelled cancelled => CancelledAsync(cancelled),
        TimePassed => PassedAsync(),
        NodesDismissed dismissed => DismissedAsync(dismissed.Reason),
        _ => throw new InvalidOperationException($"nobody deals with {happened}"),
    };

    private async Task EnteredAsync(NodeStream stream)
    {
        Registration said = stream.Registration;
        FaultPoint.Reach(FaultPoints.CoordinatorNodeJoined);
        NodeSession session;
        try
        {
            session = await grains.Get<INodeGrain>(stream.Node)
                .RegisterAsync(new NodeRegistration(said.Instance, (int)Math.Min(said.Slots, int.MaxValue), said.MemoryBytes, said.OperationsPerSecond, said.Release));
        }
        catch (NodeRegistrationException refused)
        {
            stream.End(new RpcStatus(RpcStatusCode.InvalidArgument, refused.Message));
            return;
        }

        await grains.Get<IFleetGrain>(IFleetGrain.OnlyKey).NodeConnectedAsync(stream.Node, session.Session);
        bool isBack = roster.TryGetValue(stream.Node, out RosterNode? node);
        if (isBack && node!.Registration.Instance != said.Instance)
        {
            // The process was started anew: what the one before had in hand is lost.
            notices.Say($"node {stream.Node} was started anew");
            await LoseAsync(node);
            isBack = false;
        }
        else
        {
            notices.Say(isBack
                ? $"node {stream.Node} is back"
                : $"node {stream.Node} joined: {said.Slots} {(said.Slots == 1 ? "slot" : "slots")}, {said.OperationsPerSecond / 1e9:0.#} GFLOP/s each");
        }

        if (!isBack)
            node = new RosterNode { Name = stream.Node, Registration = said, Placement = session.Node };
        node!.Stream?.End(new RpcStatus(RpcStatusCode.Aborted, $"node {stream.Node} joined on another stream; two nodes of one name get in each other's way: choose with --name"));
        stream.Session = session.Session;
        (node.Stream, node.Registration, node.Placement) = (stream, said, session.Node);
        roster[stream.Node] = node;
        stream.Send(new CoordinatorMessage { Welcome = new Welcome { Session = session.Session, HeartbeatMilliseconds = (uint)options.Heartbeat.TotalMilliseconds } });
        if (!TellBodyHosts() && bodyHosts.Length > 0)
            stream.Send(BodyHostsMessage());
        if (run is not null)
            await run.EnteredAsync(node);
    }

    private async Task LeftAsync(NodeStream stream)
    {
        if (stream.Session != 0)
        {
            await grains.Get<INodeGrain>(stream.Node).DisconnectedAsync(stream.Session);
            await grains.Get<IFleetGrain>(IFleetGrain.OnlyKey).NodeDisconnectedAsync(stream.Node, stream.Session);
        }

        if (!roster.TryGetValue(stream.Node, out RosterNode? node) || node.Stream != stream)
            return;
        node.Stream = null;
        node.LostAt = clock.Now + options.ReconnectGrace;
        if (run is not null)
            await run.DisconnectedAsync(node);
    }

    private Task SaidAsync(NodeStream stream, NodeMessage message)
    {
        // What an older stream of the node said is overtaken by what the newer one registered with.
        return run is not null && roster.TryGetValue(stream.Node, out RosterNode? node) && node.Stream == stream
            ? run.HearAsync(node, message)
            : Task.CompletedTask;
    }

    private async Task OpenedAsync(FleetRun opened)
    {
        if (run is not null)
            throw new InvalidOperationException($"run {run.Name} uses the fleet; one run at a time");
        run = opened;
        foreach (RosterNode node in roster.Values)
            await run.EnteredAsync(node);
    }

    private Task ClosedAsync(RunClosed closed)
    {
        if (run == closed.Run)
        {
            run = null;
            Broadcast(new CoordinatorMessage { Release = new ReleaseExperiment { Run = closed.Run.Name } });
        }

        closed.Done.SetResult();
        return Task.CompletedTask;
    }

    private async Task CancelledAsync(PhaseCancelled cancelled)
    {
        if (run is not null)
            await run.CancelAsync(cancelled.Phase);
        cancelled.Done.SetResult();
    }

    private async Task PassedAsync()
    {
        TimeSpan now = clock.Now;
        foreach (RosterNode node in roster.Values.Where(node => node.Stream is null && node.LostAt <= now).ToArray())
        {
            notices.Say($"node {node.Name} is lost");
            await LoseAsync(node);
        }

        if (run is not null)
            await run.TickAsync();
    }

    private Task LoseAsync(RosterNode node)
    {
        roster.Remove(node.Name);
        TellBodyHosts();
        return run is not null ? run.LostAsync(node) : Task.CompletedTask;
    }

    private Task DismissedAsync(string reason)
    {
        Broadcast(new CoordinatorMessage { Shutdown = new Shutdown { Reason = reason } });
        return Task.CompletedTask;
    }

    // A host that is away for a moment stays one: its sessions do.
    private bool TellBodyHosts()
    {
        string[] now = [.. roster.Values.Select(static node => node.Registration.BodyAddress).Where(static address => address.Length > 0).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        if (now.SequenceEqual(bodyHosts, StringComparer.Ordinal))
            return false;
        bodyHosts = now;
        notices.Log(now.Length == 0 ? "no node runs bodies any more" : $"bodies run at {string.Join(", ", now)}");
        Broadcast(BodyHostsMessage());
        return true;
    }

    private CoordinatorMessage BodyHostsMessage()
    {
        var hosts = new BodyHosts();
        hosts.Addresses.AddRange(bodyHosts);
        return new CoordinatorMessage { BodyHosts = hosts };
    }

    private void Broadcast(CoordinatorMessage message)
    {
        foreach (RosterNode node in roster.Values)
            node.Stream?.Send(message);
    }

    private void SetAlarm()
    {
        TimeSpan? due = run?.NextDeadline;
        foreach (RosterNode node in roster.Values)
        {
            if (node.Stream is null && (due is null || node.LostAt < due))
                due = node.LostAt;
        }

        TimeSpan wait = due is not { } time ? Timeout.InfiniteTimeSpan : time > clock.Now ? time - clock.Now : TimeSpan.Zero;
        alarm.Change(wait, Timeout.InfiniteTimeSpan);
    }
}
