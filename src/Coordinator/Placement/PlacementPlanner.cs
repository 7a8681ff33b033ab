namespace Federated.Coordinator.Placement;

/// <summary>
/// Decides who gets what next. Each node has at most one list that it has not begun. Clients that no list has are given out first; when there are none, lists that were sent and
/// not begun are asked back from nodes that would be through last; when there is nothing to move either, an idle node gets a second copy of what is late elsewhere.
/// </summary>
/// <param name="board">Who has what.</param>
internal sealed class PlacementPlanner(PlacementBoard board)
{
    private readonly PlacementOptions options = board.Options;

    /// <summary>Adds what is to be done now.</summary>
    public void Plan(TimeSpan now, List<PlacementAction> actions)
    {
        foreach (PlacedNode node in board.Nodes.Values)
        {
            // A node that does not say whether it gives a list back is not waited for any longer.
            if (node.WaitsFor is { } list && list.Holdings.TrueForAll(holding => holding.IsLate(now)))
                node.WaitsFor = null;
        }

        while (GiveOut(now) is { } send)
            actions.Add(send);
        if (board.Pool.Count == 0)
            AskBack(now, actions);

        foreach (PlacedNode node in Takers(now))
        {
            if (node.Holdings.Count == 0 && node.WaitsFor is null && LateElsewhere(node, now) is { } late)
                actions.Add(board.Give(node, late, now));
        }
    }

    /// <summary>When placement should look again though nothing has happened: the next time at which a list becomes late or far behind. Null when there is none.</summary>
    public TimeSpan? NextDeadline(TimeSpan now)
    {
        TimeSpan? next = null;
        foreach (PlacedList list in board.Lists.Values)
        {
            foreach (Holding holding in list.Holdings)
            {
                Earlier(holding.Deadline);
                if (board.BehindAt(holding) is { } behind)
                    Earlier(behind);
            }
        }

        foreach (PlacedNode node in board.Nodes.Values)
            Earlier(node.DeclinesUntil);
        return next;

        void Earlier(TimeSpan time)
        {
            if (time > now && (next is null || time < next))
                next = time;
        }
    }

    /// <summary>The nodes that may be given a list, the one that needs it first in front; of nodes that are free at the same time the fastest, which gets the largest clients.</summary>
    private List<PlacedNode> Takers(TimeSpan now)
    {
        var takers = new List<(double Free, PlacedNode Node)>();
        foreach (PlacedNode node in board.Nodes.Values)
        {
            if (node.Ahead is null && node.IsUsable(now))
                takers.Add((node.FreeIn(now), node));
        }

        return [.. takers.OrderBy(taker => taker.Free).ThenBy(taker => taker.Node.Pace).ThenBy(taker => taker.Node.Name, StringComparer.Ordinal).Select(taker => taker.Node)];
    }

    private void AskBack(TimeSpan now, List<PlacementAction> actions)
    {
        foreach (PlacedNode node in Takers(now))
        {
            if (node.WaitsFor is null && AskBackFor(node, now) is { } revoke)
                actions.Add(revoke);
        }
    }

    private PlacementAction? GiveOut(TimeSpan now)
    {
        if (board.Pool.Count == 0)
            return null;
        PlacedNode[] usable = [.. board.Nodes.Values.Where(node => node.IsUsable(now))];
        foreach (PlacedNode node in Takers(now))
        {
            PhaseClient[] clients = NextClients(node, usable, now);
            if (clients.Length > 0)
                return board.HandOut(node, clients, now);
        }

        return null;
    }

    /// <summary>The clients that the node should get next: half of its share of what is left, at last all of it.</summary>
    private PhaseClient[] NextClients(PlacedNode node, PlacedNode[] usable, TimeSpan now)
    {
        double free = node.FreeIn(now);
        double end = ListSizing.CommonEnd([.. usable.Select(other => (other.FreeIn(now), other.Rate))], board.Pool.Operations);
        if (free >= end)
            return [];
        PhaseClient[] candidates = [.. board.Pool.Clients.Where(client => MayGet(client, node, usable))];

        // The largest client that is through here by the common end, or here earlier than anywhere.
        int first = 0;
        while (first < candidates.Length && free + (candidates[first].Operations * node.Pace) > Math.Max(end, EarliestElsewhere(candidates[first], node, usable, now)))
            first++;
        candidates = candidates[first..];
        if (candidates.Length == 0)
            return [];

        double share = (end - free) * node.Rate;
        double smallest = options.SmallestListSeconds * node.Rate;
        double budget = Math.Max(node.ListsSent + 1 < options.ListsPerNode ? share / 2 : share, smallest);
        int count = ListSizing.Choose(candidates, budget, Math.Max(share, smallest), node.Slots);
        return candidates[..count];
    }

    private static double EarliestElsewhere(PhaseClient client, PlacedNode node, PlacedNode[] usable, TimeSpan now)
    {
        double earliest = double.PositiveInfinity;
        foreach (PlacedNode other in usable)
        {
            if (other != node && MayGet(client, other, usable))
                earliest = Math.Min(earliest, other.FreeIn(now) + (client.Operations * other.Pace));
        }

        return earliest;
    }

    /// <summary>A client goes to a node on which it went wrong only when there is no other.</summary>
    private static bool MayGet(PhaseClient client, PlacedNode node, PlacedNode[] usable) =>
        !client.AvoidsAny || !client.Avoids(node.Name) || Array.TrueForAll(usable, other => client.Avoids(other.Name));

    /// <summary>Asks the node that would be through last for the list that it has not begun, if the taker makes the end earlier.</summary>
    private Revoke? AskBackFor(PlacedNode taker, TimeSpan now)
    {
        PlacedNode[] usable = [.. board.Nodes.Values.Where(node => node.IsUsable(now))];
        double free = taker.FreeIn(now) + options.HandoverSeconds;
        Holding? best = null;
        double largestGain = 0;
        foreach (PlacedNode node in usable)
        {
            if (node == taker || node.Ahead is not { Revoking: false } ahead || ahead.List.Holdings.Count > 1)
                continue;
            double before = node.FreeIn(now);
            double gain = before - EndAfterMove(taker, free, node, before - ahead.Seconds, ahead.List, usable);
            if (gain > Math.Max(options.HandoverSeconds, options.WorthwhileGain * before) && gain > largestGain)
                (best, largestGain) = (ahead, gain);
        }

        if (best is null)
            return null;
        best.AskBack();
        TimeSpan answerBy = now + options.LeaseConstant;
        best.Deadline = best.Deadline < answerBy ? best.Deadline : answerBy;
        taker.WaitsFor = best.List;
        return new Revoke(best.Node.Name, best.List.Id, Abandon: false);
    }

    /// <summary>When both nodes would be through if the list were divided between them; a client is not divided.</summary>
    private static double EndAfterMove(PlacedNode taker, double takerFree, PlacedNode holder, double holderFree, PlacedList list, PlacedNode[] usable)
    {
        if (!Array.TrueForAll(list.Clients, client => MayGet(client, taker, usable)))
            return double.PositiveInfinity;
        double divided = ListSizing.CommonEnd([(takerFree, taker.Rate), (holderFree, holder.Rate)], list.Operations);
        return Math.Max(divided, takerFree + (list.Clients[^1].Operations * taker.Pace));
    }

    /// <summary>The list that needs a second copy most: all who have it are late or far behind, and this node would be through earlier.</summary>
    private PlacedList? LateElsewhere(PlacedNode node, TimeSpan now)
    {
        PlacedNode[] usable = [.. board.Nodes.Values.Where(other => other.IsUsable(now))];
        PlacedList? latest = null;
        double longest = 0;
        foreach (PlacedList list in board.Lists.Values)
        {
            if (list.State != ListState.HandedOut || list.HoldingOf(node.Name) is not null || !Array.TrueForAll(list.Clients, client => MayGet(client, node, usable)))
                continue;
            double here = (ListSizing.Span(list.Clients, node.Slots) * node.Pace) + options.HandoverSeconds;
            double remaining = double.PositiveInfinity;
            foreach (Holding holding in list.Holdings)
            {
                bool late = holding.IsLate(now);
                bool behind = board.BehindAt(holding) <= now && holding.Remaining(now) > here;
                remaining = late ? remaining : behind ? Math.Min(remaining, holding.Remaining(now)) : 0;
            }

            if (remaining > longest)
                (latest, longest) = (list, remaining);
        }

        return latest;
    }
}
