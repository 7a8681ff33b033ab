using System.Text;
using Federated.Coordinator.Placement;
using Federated.Protocol.V1;
using Xunit;

namespace Federated.Coordinator.Tests.Placement;

/// <summary>
/// Lets a script of numbers choose among everything that can happen to a phase, keeps books of its own on who has what, and checks every action against them. One node is honest and is
/// never lost, though it may be away for a while; the others stall, die, come back, answer twice, send rubbish and give lists back.
/// </summary>
internal sealed class PlacementScript
{
    private const string Honest = "honest";

    private readonly PhasePlacement placement;
    private readonly SortedDictionary<string, ScriptedNode> nodes = new(StringComparer.Ordinal);
    private readonly Dictionary<ulong, ScriptedList> lists = [];
    private readonly List<(ulong List, string Node)> counting = [];
    private readonly HashSet<int> counted = [];
    private readonly HashSet<string> excluded = new(StringComparer.Ordinal);
    private readonly StringBuilder log = new();
    private readonly int clients;
    private TimeSpan now = TimeSpan.FromSeconds(100);
    private int joined;
    private bool done;

    public PlacementScript(int clients, int others)
    {
        this.clients = clients;
        PlacementOptions options = PlacementOptions.Default with { SmallestListSeconds = 0.001 };
        var order = new PhaseOrder("run", 3, "train", [.. Enumerable.Range(0, clients).Select(client => new ClientCost(client, 1e9 * (1 + (client * client % 37))))]);
        placement = new PhasePlacement(order, options, new ListIdSource(5), new RunStandings(options));
        nodes.Add(Honest, new ScriptedNode(new PlacementNode(Honest, 2, TimeModel.FromMeasurement(1e9))));
        for (int i = 0; i < others; i++)
            Join();
        Do("begin", placement.Begin(nodes.Values.Select(node => node.Known), now));
    }

    public int ClientsCounted => counted.Count;

    public string Log => log.ToString();

    /// <summary>One of the things that can happen now happens.</summary>
    public void Step(int choice)
    {
        now += TimeSpan.FromMilliseconds(choice % 977);
        List<(string What, Action Happen)> moves = Moves(choice / 1000);
        (string what, Action happen) = moves[choice % moves.Count];
        log.AppendLine(what);
        happen();
    }

    /// <summary>From now on the others are silent, and the honest node does what it is asked. That must bring the phase to its end.</summary>
    public void LeaveItToTheHonestNode()
    {
        ScriptedNode honest = nodes[Honest];
        for (int step = 0; !done; step++)
        {
            Assert.True(step < 5000, $"the phase does not end:\n{log}");
            if (!honest.Connected)
                Reconnect(honest, keep: int.MaxValue);
            else if (counting.Count > 0)
                Count(counting[0], refuse: false);
            else if (honest.Revoked.Count > 0)
                AnswerRevocation(honest);
            else if (honest.Held.Count > 0)
                WorkOn(honest, honest.Held[0]);
            else
                Sleep();
        }

        Assert.Equal(clients, counted.Count);
        Assert.True(placement.IsOver);
        Assert.Equal(clients, placement.ClientsCounted);
    }

    private void WorkOn(ScriptedNode node, ulong list)
    {
        now += TimeSpan.FromMilliseconds(10);
        if (node.Started.Add(list))
            Do($"{node.Name} starts {list}", placement.Started(list, node.Name, now));
        else
            Answer(node, list);
    }

    private void Sleep()
    {
        TimeSpan? deadline = placement.NextDeadline(now);
        Assert.True(deadline is not null, $"nothing is under way, nothing will happen, and the phase is not over:\n{log}");
        now = deadline.Value;
        Do($"tick {now}", placement.Tick(now));
    }

    private List<(string What, Action Happen)> Moves(int detail)
    {
        List<(string, Action)> moves = [("time", () => Pass(detail)), ("join", Join1)];
        foreach ((ulong List, string Node) pending in counting.ToArray())
            moves.Add(($"count {pending}", () => Count(pending, refuse: pending.Node != Honest && detail % 3 == 0)));
        foreach (ScriptedNode node in nodes.Values.ToArray())
        {
            bool honest = node.Name == Honest;
            if (!node.Connected)
            {
                moves.Add(($"{node.Name} is back", () => Reconnect(node, honest ? int.MaxValue : detail)));
                continue;
            }

            moves.Add(($"{node.Name} disconnects", () => Disconnect(node)));
            if (!honest)
            {
                moves.Add(($"{node.Name} is lost", () => Lose(node)));
                if (lists.Count > 0)
                    moves.Add(($"{node.Name} answers something", () => Answer(node, lists.Keys.ElementAt(detail % lists.Count))));
            }

            if (node.Revoked.Count > 0)
                moves.Add(($"{node.Name} answers a revocation", () => AnswerRevocation(node)));
            if (node.Held.Count > 0)
                AddWork(moves, node, node.Held[detail % node.Held.Count], honest, detail);
        }

        return moves;
    }

    private void AddWork(List<(string What, Action Happen)> moves, ScriptedNode node, ulong list, bool honest, int detail)
    {
        moves.Add(($"{node.Name} starts {list}", () => Do("", Started(node, list))));
        moves.Add(($"{node.Name} progresses with {list}", () => Do("", Progressed(node, list, (1 + (detail % 5)) / 2.0))));
        moves.Add(($"{node.Name} answers {list}", () => Answer(node, honest ? node.Held[0] : list)));
        if (honest)
            return;
        moves.Add(($"{node.Name} fails {list}", () =>
        {
            Drop(node, list);
            Do("", placement.Failed(list, node.Name, FailureKind.Node, detail % 2 == 0 ? null : lists[list].Clients[0], "no memory", now));
        }));
        moves.Add(($"{node.Name} gives {list} back", () =>
        {
            Drop(node, list);
            Do("", placement.Returned(list, node.Name, now));
        }));
    }

    private IEnumerable<PlacementAction> Started(ScriptedNode node, ulong list)
    {
        node.Started.Add(list);
        return placement.Started(list, node.Name, now);
    }

    private IEnumerable<PlacementAction> Progressed(ScriptedNode node, ulong list, double done)
    {
        node.Started.Add(list);
        return placement.Progress(list, node.Name, done, now);
    }

    private void Pass(int detail)
    {
        now += TimeSpan.FromSeconds(detail % 40);
        Do("", placement.Tick(now));
    }

    private string Join()
    {
        string name = $"node-{joined++}";
        nodes.Add(name, new ScriptedNode(new PlacementNode(name, 1 + (joined % 3), TimeModel.FromMeasurement(joined % 4 == 0 ? 1e12 : 1e9))));
        return name;
    }

    private void Join1()
    {
        if (nodes.Count < 20)
            Do("", placement.NodeJoined(nodes[Join()].Known, [], now));
    }

    private void Disconnect(ScriptedNode node)
    {
        node.Connected = false;
        node.Revoked.Clear();
        Do("", placement.NodeDisconnected(node.Name, now));
    }

    private void Reconnect(ScriptedNode node, int keep)
    {
        node.Connected = true;
        for (int i = node.Held.Count - 1; i >= 0; i--)
        {
            if (i >= keep)
                Drop(node, node.Held[i]);
        }

        Do($"{node.Name} is back with {string.Join(',', node.Held)}", placement.NodeJoined(node.Known, [.. node.Held], now));
    }

    private void Lose(ScriptedNode node)
    {
        nodes.Remove(node.Name);
        foreach (ulong list in node.Held.ToArray())
            Drop(node, list);
        Do("", placement.NodeLost(node.Name, now));
    }

    private void AnswerRevocation(ScriptedNode node)
    {
        ulong list = node.Revoked[0];
        node.Revoked.RemoveAt(0);
        if (!node.Held.Contains(list) || node.Started.Contains(list))
            return;
        Drop(node, list);
        Do($"{node.Name} returns {list}", placement.Returned(list, node.Name, now));
    }

    private void Answer(ScriptedNode node, ulong list)
    {
        ScriptedList known = lists[list];
        bool held = node.Held.Contains(list) && known.Holders.Contains(node.Name);
        bool taken = known.Counted || counting.Exists(pending => pending.List == list);
        AnswerDecision decision = placement.Answered(list, node.Name, 0.01, now);
        Assert.Equal(taken ? AnswerVerdict.Duplicate : held ? AnswerVerdict.Count : AnswerVerdict.Stale, decision.Verdict);
        if (decision.Verdict == AnswerVerdict.Count)
            counting.Add((list, node.Name));
        if (held)
            Drop(node, list);
        Do($"{node.Name} answers {list}: {decision.Verdict}", decision.Actions);
    }

    private void Count((ulong List, string Node) pending, bool refuse)
    {
        counting.Remove(pending);
        if (!refuse)
        {
            lists[pending.List].Counted = true;
            foreach (int client in lists[pending.List].Clients)
                Assert.True(counted.Add(client), $"client {client} is counted twice:\n{log}");
        }

        Do($"count {pending} {!refuse}", refuse
            ? Refused(pending.List, pending.Node)
            : placement.Counted(pending.List, pending.Node, now));
    }

    /// <summary>Rubbish, or an upload that is not there: then the node has the list still, if it is told so.</summary>
    private IEnumerable<PlacementAction> Refused(ulong list, string name)
    {
        RefusalReason reason = list % 2 == 0 ? RefusalReason.Malformed : RefusalReason.NotUploaded;
        PlacementAction[] actions = [.. placement.Refused(list, name, reason, "rubbish", now)];
        bool keeps = placement.Holds(list, name) && !actions.OfType<SendList>().Any(send => send.Node == name && send.List.Id == list);
        Assert.True(reason == RefusalReason.NotUploaded || !keeps);
        if (keeps && lists[list].Holders.Add(name))
            nodes[name].Held.Insert(0, list);
        return actions;
    }

    private void Drop(ScriptedNode node, ulong list)
    {
        node.Held.Remove(list);
        lists[list].Holders.Remove(node.Name);
    }

    private bool IsLive(ScriptedList list) => list.Counted || list.Holders.Count > 0 || counting.Exists(pending => pending.List == list.Id);

    private void Do(string what, IEnumerable<PlacementAction> actions)
    {
        if (what.Length > 0)
            log.AppendLine(what);
        foreach (PlacementAction action in actions)
        {
            log.AppendLine($"  {action} {(action is SendList s ? string.Join(',', s.List.Clients) : "")}");
            Assert.False(done && action is SendList or PhaseDone && done, $"after the end:\n{log}");
            switch (action)
            {
                case SendList send:
                    Receive(send);
                    break;
                case Revoke revoke:
                    Assert.True(nodes[revoke.Node].Connected, $"sent to a node that is away:\n{log}");
                    if (revoke.Abandon)
                        Forget(nodes[revoke.Node], revoke.List);
                    else
                        nodes[revoke.Node].Revoked.Add(revoke.List);
                    break;
                case NodeExcluded gone:
                    Assert.NotEqual(Honest, gone.Node);
                    excluded.Add(gone.Node);
                    break;
                case PhaseDone:
                    done = true;
                    Assert.Equal(clients, counted.Count);
                    break;
                case PhaseFailed failed:
                    Assert.Fail($"{failed.Message}:\n{log}");
                    break;
                default:
                    break;
            }
        }
    }

    private void Forget(ScriptedNode node, ulong list)
    {
        node.Held.Remove(list);
        if (lists.TryGetValue(list, out ScriptedList? known))
            known.Holders.Remove(node.Name);
    }

    private void Receive(SendList send)
    {
        Assert.True(nodes.TryGetValue(send.Node, out ScriptedNode? node) && node.Connected, $"sent to a node that is not there:\n{log}");
        Assert.DoesNotContain(send.Node, excluded);
        Assert.All(send.List.Clients, client => Assert.DoesNotContain(client, counted));
        Assert.NotEmpty(send.List.Clients);
        if (send.List.Copy)
        {
            Assert.True(IsLive(lists[send.List.Id]) && lists[send.List.Id].Clients.SequenceEqual(send.List.Clients), $"a copy of nothing:\n{log}");
            Assert.DoesNotContain(send.Node, lists[send.List.Id].Holders);
        }
        else
        {
            Assert.False(lists.ContainsKey(send.List.Id), $"list {send.List.Id} is there twice:\n{log}");
            foreach (ScriptedList other in lists.Values.Where(IsLive))
                Assert.True(!other.Clients.Intersect(send.List.Clients).Any(), $"lists {other.Id} and {send.List.Id} share clients:\n{log}");
            lists.Add(send.List.Id, new ScriptedList(send.List.Id, [.. send.List.Clients]));
        }

        lists[send.List.Id].Holders.Add(send.Node);
        node.Held.Add(send.List.Id);
    }

    private sealed record ScriptedList(ulong Id, int[] Clients)
    {
        public HashSet<string> Holders { get; } = new(StringComparer.Ordinal);

        public bool Counted { get; set; }
    }

    private sealed class ScriptedNode(PlacementNode known)
    {
        public PlacementNode Known => known;

        public string Name => known.Name;

        public bool Connected { get; set; } = true;

        public List<ulong> Held { get; } = [];

        public HashSet<ulong> Started { get; } = [];

        public List<ulong> Revoked { get; } = [];
    }
}
