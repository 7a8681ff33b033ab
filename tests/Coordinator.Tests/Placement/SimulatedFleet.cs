using Federated.Coordinator.Placement;

namespace Federated.Coordinator.Tests.Placement;

/// <summary>
/// Nodes that take exactly as long as they are told to, on a clock that jumps from event to event. Each works on its lists one after the other, inside a list with every client on the
/// least loaded slot, and says what the protocol has it say; messages take <paramref name="latency"/> seconds each way.
/// </summary>
internal sealed class SimulatedFleet(PhaseOrder order, PlacementOptions options, double latency)
{
    private readonly PriorityQueue<Action, (double Time, int Number)> events = new();
    private readonly Dictionary<string, SimulatedNode> nodes = new(StringComparer.Ordinal);
    private readonly Dictionary<int, double> costs = order.Clients.ToDictionary(client => client.Client, client => client.Operations);
    private readonly PhasePlacement placement = new(order, options, new ListIdSource(1), new RunStandings(options));
    private double time;
    private int number;
    private double tickAt = double.PositiveInfinity;

    /// <summary>Lists that were sent, by node.</summary>
    public List<(string Node, PlacementList List)> Sent { get; } = [];

    /// <summary>Lists whose answers were counted.</summary>
    public List<ulong> Counted { get; } = [];

    public string? Failure { get; private set; }

    public double? DoneAt { get; private set; }

    private TimeSpan Now => TimeSpan.FromSeconds(time);

    /// <summary>A node whose model expects <paramref name="expected"/> operations per second of a slot and that does <paramref name="actual"/>.</summary>
    public SimulatedFleet Add(string name, int slots, double expected, double actual)
    {
        nodes.Add(name, new SimulatedNode(new PlacementNode(name, slots, TimeModel.FromMeasurement(expected)), actual));
        return this;
    }

    /// <summary>Something that happens at a given time.</summary>
    public SimulatedFleet At(double seconds, Action<SimulatedFleet> happening)
    {
        After(seconds, () => happening(this));
        return this;
    }

    public void Join(string name, int slots, double expected, double actual)
    {
        Add(name, slots, expected, actual);
        Do(placement.NodeJoined(nodes[name].Known, [], Now));
    }

    /// <summary>The node dies: nothing more is heard of it, and the coordinator knows at once.</summary>
    public void Kill(string name)
    {
        nodes[name].Speed = 0;
        nodes.Remove(name);
        Do(placement.NodeLost(name, Now));
    }

    /// <summary>The node's work takes so many times longer from its next client on.</summary>
    public void Slow(string name, double factor) => nodes[name].Speed /= factor;

    /// <summary>Runs to the end and says when that was, in seconds.</summary>
    public double Run()
    {
        Do(placement.Begin(nodes.Values.Select(node => node.Known), Now));
        for (int step = 0; DoneAt is null && Failure is null; step++)
        {
            if (!events.TryDequeue(out Action? next, out (double Time, int Number) at) || step > 1_000_000)
                throw new InvalidOperationException($"stuck after {step} steps at {time} s with {placement.ClientsCounted} of {order.Clients.Length} clients counted");
            time = at.Time;
            next();
            PlanTick();
        }

        return DoneAt ?? double.NaN;
    }

    private void After(double seconds, Action action) => events.Enqueue(action, (time + seconds, number++));

    private void PlanTick()
    {
        if (placement.NextDeadline(Now) is not { } deadline || (deadline.TotalSeconds >= tickAt && tickAt > time))
            return;
        tickAt = deadline.TotalSeconds;
        After(Math.Max(0, tickAt - time), () => Do(placement.Tick(Now)));
    }

    private void Do(IEnumerable<PlacementAction> actions)
    {
        foreach (PlacementAction action in actions)
        {
            switch (action)
            {
                case SendList send:
                    Sent.Add((send.Node, send.List));
                    After(latency, () => Receive(send.Node, send.List));
                    break;
                case Revoke revoke:
                    After(latency, () => AskedBack(revoke));
                    break;
                case PhaseDone:
                    DoneAt = time;
                    break;
                case PhaseFailed failed:
                    Failure = failed.Message;
                    break;
                default:
                    break;
            }
        }
    }

    private void Receive(string name, PlacementList list)
    {
        if (!nodes.TryGetValue(name, out SimulatedNode? node))
            return;
        node.Waiting.Add(list);
        if (node.Current is null)
            Begin(node);
    }

    private void Begin(SimulatedNode node)
    {
        node.Current = node.Waiting.Count > 0 ? node.Waiting[0] : null;
        if (node.Current is not { } list)
            return;
        node.Waiting.RemoveAt(0);
        After(latency, () => Do(placement.Started(list.Id, node.Name, Now)));
        node.Next = 0;
        node.Done = 0;
        double began = time;
        for (int slot = 0; slot < node.Known.Slots; slot++)
            NextClient(node, list, began);
    }

    private void NextClient(SimulatedNode node, PlacementList list, double began)
    {
        if (node.Current != list || node.Next == list.Clients.Length)
            return;
        double seconds = costs[list.Clients[node.Next++]] / node.Speed;
        if (!double.IsFinite(seconds))
            return;
        After(seconds, () =>
        {
            if (node.Current != list || !nodes.ContainsKey(node.Name))
                return;
            int done = ++node.Done;
            node.Busy += seconds;
            After(latency, () => Do(placement.Progress(list.Id, node.Name, done, Now)));
            NextClient(node, list, began);
            if (done == list.Clients.Length)
                Answer(node, list);
        });
    }

    private void Answer(SimulatedNode node, PlacementList list)
    {
        double busy = node.Busy;
        node.Busy = 0;
        After(latency, () =>
        {
            AnswerDecision decision = placement.Answered(list.Id, node.Name, busy, Now);
            Do(decision.Actions);
            if (decision.Verdict != AnswerVerdict.Count)
                return;
            Counted.Add(list.Id);
            Do(placement.Counted(list.Id, node.Name, Now));
        });
        Begin(node);
    }

    private void AskedBack(Revoke revoke)
    {
        if (!nodes.TryGetValue(revoke.Node, out SimulatedNode? node))
            return;
        bool waiting = node.Waiting.RemoveAll(list => list.Id == revoke.List) > 0;
        if (waiting && !revoke.Abandon)
            After(latency, () => Do(placement.Returned(revoke.List, revoke.Node, Now)));
        if (revoke.Abandon && node.Current?.Id == revoke.List)
            Begin(node);
    }

    private sealed class SimulatedNode(PlacementNode known, double speed)
    {
        public PlacementNode Known => known;

        public string Name => known.Name;

        public double Speed { get; set; } = speed;

        public List<PlacementList> Waiting { get; } = [];

        public PlacementList? Current { get; set; }

        public int Next { get; set; }

        public int Done { get; set; }

        public double Busy { get; set; }
    }
}
