using System.Collections.Immutable;
using Federated.Protocol.V1;

namespace Federated.Coordinator.Placement;

/// <summary>
/// Places one phase on nodes: a state machine without clock, threads or input and output. Every method takes what happened and the time, and returns what is to be done. Not for use by
/// several threads. What it decides changes when and where clients are trained, never a result.
/// </summary>
internal sealed class PhasePlacement
{
    // More than any client could do in its life; sums of it are finite.
    private const double MostOperations = 1e24;

    private readonly PhaseOrder order;
    private readonly PlacementOptions options;
    private readonly RunStandings standings;
    private readonly PlacementBoard board;
    private readonly PlacementPlanner planner;
    private readonly List<PlacementAction> actions = [];

    /// <summary>A phase of which nothing is handed out yet: <see cref="Begin"/> does that.</summary>
    /// <param name="order">What is to be placed.</param>
    /// <param name="options">What placement goes by.</param>
    /// <param name="ids">Gives lists their numbers; the same object for all phases of a run.</param>
    /// <param name="standings">How nodes have behaved in this run; the same object for all its phases.</param>
    /// <exception cref="ArgumentException">A client is there twice.</exception>
    public PhasePlacement(PhaseOrder order, PlacementOptions options, ListIdSource ids, RunStandings standings)
    {
        this.order = order;
        this.options = options;
        this.standings = standings;
        board = new PlacementBoard(order.Task, options, ids);
        planner = new PlacementPlanner(board);
        if (order.Clients.Select(client => client.Client).Distinct().Count() != order.Clients.Length)
            throw new ArgumentException($"a client of the phase '{order.Task}' of round {order.Round} is there twice", nameof(order));
        board.Pool.Add(order.Clients.Select(client => new PhaseClient(client.Client, double.IsNaN(client.Operations) ? 1 : Math.Clamp(client.Operations, 1, MostOperations))));
    }

    /// <summary>What is placed.</summary>
    public PhaseOrder Order => order;

    /// <summary>Clients that are counted.</summary>
    public int ClientsCounted { get; private set; }

    /// <summary>Whether the phase is over, well or not: nothing more is handed out.</summary>
    public bool IsOver { get; private set; }

    /// <summary>Whether there is work and no node that may do it: a person should start one.</summary>
    public bool IsWaiting => !IsOver && !board.Nodes.Values.Any(node => node is { Connected: true, Excluded: false });

    /// <summary>When <see cref="Tick"/> is to be called though nothing has happened; null when there is no such time.</summary>
    public TimeSpan? NextDeadline(TimeSpan now) => IsOver ? null : planner.NextDeadline(now);

    /// <summary>The first lists.</summary>
    public ImmutableArray<PlacementAction> Begin(IEnumerable<PlacementNode> nodes, TimeSpan now)
    {
        foreach (PlacementNode node in nodes)
            board.AddNode(node).Excluded = standings.IsExcluded(node.Name);
        if (order.Clients.Length == 0)
            Finish(new PhaseDone());
        return Settle(now);
    }

    /// <summary>A node is ready for this run: a new one, or one that lost its stream for a while.</summary>
    /// <param name="node">The node.</param>
    /// <param name="lists">The lists that it has or has answered, by its registration. What else it was given never reached it.</param>
    /// <param name="now">The time.</param>
    public ImmutableArray<PlacementAction> NodeJoined(PlacementNode node, IReadOnlyCollection<ulong> lists, TimeSpan now)
    {
        if (board.Nodes.TryGetValue(node.Name, out PlacedNode? known))
            known.Rejoin(node);
        else
            known = board.AddNode(node);
        known.Excluded = standings.IsExcluded(node.Name);
        foreach (Holding holding in known.Holdings.ToArray())
        {
            if (!lists.Contains(holding.List.Id))
                board.Release(holding);
            else
                board.Renew(holding, now);
        }

        foreach (ulong list in lists)
        {
            // An answer on its way to be counted, or counted, is answered when the node announces it again.
            if (board.Lists.GetValueOrDefault(list) is not { } known1 || (known1.HoldingOf(node.Name) is null && known1.AnsweredBy != node.Name))
                actions.Add(new Revoke(node.Name, list, Abandon: true));
        }

        return Settle(now);
    }

    /// <summary>The node's stream is gone; it may come back. What it has stays handed out until its lease ends.</summary>
    public ImmutableArray<PlacementAction> NodeDisconnected(string node, TimeSpan now)
    {
        if (board.Nodes.TryGetValue(node, out PlacedNode? known))
        {
            known.Connected = false;
            known.WaitsFor = null;
            foreach (Holding holding in known.Holdings)
                board.EndRevocation(holding); // whether the question reached it nobody knows; it may be asked again
        }

        return Settle(now);
    }

    /// <summary>The node is gone, or was started anew: what it had is handed out again.</summary>
    public ImmutableArray<PlacementAction> NodeLost(string node, TimeSpan now)
    {
        if (board.Nodes.Remove(node, out PlacedNode? known))
        {
            foreach (Holding holding in known.Holdings.ToArray())
                board.Release(holding);
        }

        return Settle(now);
    }

    /// <summary>The node has begun the list.</summary>
    public ImmutableArray<PlacementAction> Started(ulong list, string node, TimeSpan now)
    {
        if (Find(list, node) is { } holding)
        {
            Begun(holding, now);
            board.Renew(holding, now);
        }

        return Settle(now);
    }

    /// <summary>How far the node is with the list.</summary>
    /// <param name="list">The list.</param>
    /// <param name="node">The node.</param>
    /// <param name="clientsDone">Clients that are done and, as fractions, how far those at work are. What is no progress does not extend the lease.</param>
    /// <param name="now">The time.</param>
    public ImmutableArray<PlacementAction> Progress(ulong list, string node, double clientsDone, TimeSpan now)
    {
        if (Find(list, node) is { } holding && holding.Advance(clientsDone, now))
        {
            Begun(holding, now);
            board.Renew(holding, now);
        }

        return Settle(now);
    }

    /// <summary>The node has answered the list. With the verdict <see cref="AnswerVerdict.Count"/>, <see cref="Counted"/> or <see cref="Refused"/> must follow.</summary>
    /// <param name="list">The list.</param>
    /// <param name="node">The node.</param>
    /// <param name="slotSeconds">Seconds of all slots that worked on it, as the node says; believed as far as it is possible.</param>
    /// <param name="now">The time.</param>
    public AnswerDecision Answered(ulong list, string node, double slotSeconds, TimeSpan now)
    {
        PlacedList? known = board.Lists.GetValueOrDefault(list);
        AnswerVerdict verdict = AnswerVerdict.Stale;
        if (known is { State: ListState.Counting or ListState.Counted })
        {
            verdict = AnswerVerdict.Duplicate;
            // A node that announces again what is being counted hears of it when that is done; one that did not hear that it was counted hears it now.
            if (known.AnsweredBy != node)
                actions.Add(new RefusedTo(node, list, RefusalReason.Duplicate, "another node's answer to this list counts"));
            else if (known.State == ListState.Counted)
                actions.Add(new Accepted(node, list));
            if (known.HoldingOf(node) is { } second)
                board.Remove(second);
        }
        else if (!IsOver && known?.HoldingOf(node) is { } holding)
        {
            verdict = AnswerVerdict.Count;
            known.State = ListState.Counting;
            known.AnsweredBy = node;
            known.Answered = holding;
            double possible = (now - (holding.Started ?? holding.Sent)).TotalSeconds * holding.Node.Slots;
            known.SlotSeconds = slotSeconds <= possible ? slotSeconds : possible;
            board.Remove(holding);
            if (holding.Node.Holdings.Count > 0)
                board.Renew(holding.Node.Holdings[0], now);
        }
        else
        {
            actions.Add(new RefusedTo(node, list, RefusalReason.StaleList, "the list is not handed out to this node, or not any more"));
        }

        return new AnswerDecision(verdict, Settle(now));
    }

    /// <summary>The node's answer was checked and added.</summary>
    /// <exception cref="InvalidOperationException">The list was not being counted for this node: the answer must not have been added.</exception>
    public ImmutableArray<PlacementAction> Counted(ulong list, string node, TimeSpan now)
    {
        PlacedList known = BeingCounted(list, node);
        known.State = ListState.Counted;
        ClientsCounted += known.Clients.Length;
        standings.Counted(node);
        if (board.Nodes.TryGetValue(node, out PlacedNode? worker))
        {
            worker.Learn(known.Operations, known.SlotSeconds);
            worker.DeclinesUntil = TimeSpan.MinValue;
            Tell(node, new Accepted(node, list));
        }

        foreach (Holding copy in known.Holdings.ToArray())
            Abandon(copy);
        if (!IsOver && ClientsCounted == order.Clients.Length)
            Finish(new PhaseDone());
        return Settle(now);
    }

    /// <summary>The node's answer was checked and not added: its clients run elsewhere.</summary>
    /// <exception cref="InvalidOperationException">The list was not being counted for this node.</exception>
    public ImmutableArray<PlacementAction> Refused(ulong list, string node, RefusalReason reason, string message, TimeSpan now)
    {
        PlacedList known = BeingCounted(list, node);
        known.State = ListState.HandedOut;
        known.AnsweredBy = null;
        Tell(node, new RefusedTo(node, list, reason, message));
        if (reason == RefusalReason.NotUploaded && MaySendAgain(known.Answered!))
            return Settle(now);
        AvoidNode(known, node);
        GoElsewhere(known);
        if (standings.Refused(node))
            Exclude(node);
        return Settle(now);
    }

    /// <summary>The node could not do the list.</summary>
    /// <param name="list">The list.</param>
    /// <param name="node">The node.</param>
    /// <param name="kind">Whether a client diverged, as it will anywhere if that is so, or the node is at fault.</param>
    /// <param name="client">The client at which it failed, where there is one.</param>
    /// <param name="message">What the node says.</param>
    /// <param name="now">The time.</param>
    public ImmutableArray<PlacementAction> Failed(ulong list, string node, FailureKind kind, int? client, string message, TimeSpan now)
    {
        if (Find(list, node) is { } holding)
        {
            PlacedList known = holding.List;
            board.Remove(holding);
            PhaseClient[] blamed = Array.FindAll(known.Clients, one => one.Client == client);
            blamed = blamed.Length > 0 ? blamed : known.Clients;
            AvoidNode(known, node);
            if (kind == FailureKind.Diverged)
            {
                if (Array.Exists(blamed, one => one.Diverged))
                    Fail(message);
                foreach (PhaseClient one in blamed)
                    one.Diverged = true;
            }
            else
            {
                CouldNot(blamed, node, message);
            }

            GoElsewhere(known);
        }

        return Settle(now);
    }

    /// <summary>The node gives the list back. Unless it was asked to, it is about to end or has no room, and is left alone for a while.</summary>
    public ImmutableArray<PlacementAction> Returned(ulong list, string node, TimeSpan now)
    {
        if (Find(list, node) is { } holding)
        {
            if (!holding.WasAskedBack)
                holding.Node.DeclinesUntil = now + options.DeclinePause;
            board.Release(holding);
        }

        return Settle(now);
    }

    /// <summary>Nothing happened but time.</summary>
    public ImmutableArray<PlacementAction> Tick(TimeSpan now) => Settle(now);

    /// <summary>The phase is given up, as when its run is stopped: nodes are told to drop what they have.</summary>
    public ImmutableArray<PlacementAction> Abandon(TimeSpan now)
    {
        if (!IsOver)
            Finish(end: null);
        return Settle(now);
    }

    /// <summary>What a counted list was: a node's durable time model learns from it.</summary>
    public ListWork WorkOf(ulong list)
    {
        PlacedList known = board.Lists[list];
        return new ListWork(order.Task, known.Clients.Length, known.Operations, known.SlotSeconds);
    }

    /// <summary>Whether the node has the list.</summary>
    public bool Holds(ulong list, string node) => Find(list, node) is not null;

    private Holding? Find(ulong list, string node) => IsOver ? null : board.Lists.GetValueOrDefault(list)?.HoldingOf(node);

    private PlacedList BeingCounted(ulong list, string node) =>
        board.Lists.GetValueOrDefault(list) is { State: ListState.Counting } known && known.AnsweredBy == node
            ? known
            : throw new InvalidOperationException($"list {list} is not being counted for node '{node}'");

    private void Begun(Holding holding, TimeSpan now)
    {
        if (holding.Started is not null)
            return;
        holding.Start(now);
        board.EndRevocation(holding);
        foreach (Holding earlier in holding.Node.Holdings.TakeWhile(other => other != holding))
            earlier.Trained = earlier.Started is not null; // workers go on to the next list when nothing is left to begin in the one before
    }

    /// <summary>The node announced an answer that was not there: it keeps the list, with the lease that it had, and sends the answer again. False when it did so too often, or is away.</summary>
    private bool MaySendAgain(Holding holding)
    {
        if (IsOver || ++holding.LostUploads > options.LostUploadsTolerated || !board.Nodes.TryGetValue(holding.Node.Name, out PlacedNode? node) || node != holding.Node || !node.Connected)
            return false;
        holding.List.Holdings.Add(holding);
        node.Holdings.Insert(0, holding);
        holding.Trained = true;
        return true;
    }

    /// <summary>Unless someone else has the list still, its clients go back to the pool.</summary>
    private void GoElsewhere(PlacedList list)
    {
        if (!IsOver && list.State == ListState.HandedOut && list.Holdings.Count == 0)
            board.Dissolve(list);
    }

    private static void AvoidNode(PlacedList list, string node)
    {
        foreach (PhaseClient client in list.Clients)
            client.Avoid(node);
    }

    private void CouldNot(PhaseClient[] clients, string node, string message)
    {
        foreach (PhaseClient client in clients)
            client.Failures++;
        if (standings.Failed(node))
            Exclude(node);
        PhaseClient? hopeless = Array.Find(clients, IsHopeless);
        if (hopeless is not null)
            Fail($"client {hopeless.Client} could not be run on any node, the last of which was '{node}': {message}");
    }

    private bool IsHopeless(PhaseClient client) =>
        client.Failures >= options.AttemptsPerClient && board.Nodes.Values.All(node => node.Excluded || client.Avoids(node.Name));

    private void Exclude(string name)
    {
        actions.Add(new NodeExcluded(name, $"node '{name}' gets nothing more of run '{order.Run}': {standings.Describe(name)}"));
        if (!board.Nodes.TryGetValue(name, out PlacedNode? node))
            return;
        node.Excluded = true;
        foreach (Holding holding in node.Holdings.ToArray())
        {
            Tell(name, new Revoke(name, holding.List.Id, Abandon: true));
            board.Release(holding);
        }
    }

    private void Abandon(Holding holding)
    {
        Tell(holding.Node.Name, new Revoke(holding.Node.Name, holding.List.Id, Abandon: true));
        board.Remove(holding);
    }

    // One that is away is told, when it is back, by what it then says to have.
    private void Tell(string name, PlacementAction action)
    {
        if (board.Nodes.TryGetValue(name, out PlacedNode? node) && node.Connected)
            actions.Add(action);
    }

    private void Fail(string message)
    {
        if (!IsOver)
            Finish(new PhaseFailed(message));
    }

    private void Finish(PlacementAction? end)
    {
        IsOver = true;
        foreach (Holding holding in board.Nodes.Values.SelectMany(node => node.Holdings).ToArray())
            Abandon(holding);
        if (end is not null)
            actions.Add(end);
    }

    private ImmutableArray<PlacementAction> Settle(TimeSpan now)
    {
        if (!IsOver)
            planner.Plan(now, actions);
        ImmutableArray<PlacementAction> result = [.. actions];
        actions.Clear();
        return result;
    }
}
