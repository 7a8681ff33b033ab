using Federated.Coordinator.Placement;
using Federated.Protocol.V1;
using Xunit;

namespace Federated.Coordinator.Tests.Placement;

/// <summary>Phases in which something goes wrong, event by event. Clients cost a second each on a usual node.</summary>
public sealed class PhasePlacementTests
{
    private static readonly PlacementOptions Options = PlacementOptions.Default;

    private readonly RunStandings standings = new(Options);
    private readonly ListIdSource ids = new(7);

    [Fact]
    public void Shares_fall_by_halves_and_the_next_list_is_sent_before_the_current_one_is_done()
    {
        PhasePlacement phase = Phase(32);

        SendList[] first = Sent(phase.Begin([Node("a"), Node("b")], At(0)));
        SendList second = Assert.Single(Sent(phase.Started(first[0].List.Id, "a", At(0))));
        SendList secondOfB = Assert.Single(Sent(phase.Started(first[1].List.Id, "b", At(0))));
        Assert.Empty(Sent(phase.Progress(first[0].List.Id, "a", 3, At(3))));
        SendList third = Assert.Single(Sent(phase.Started(second.List.Id, "a", At(8))));
        SendList[] all = [.. first, second, secondOfB, third];

        Assert.Equal(["a", "b"], first.Select(send => send.Node));
        Assert.Equal([8, 8, 4, 4, 2], all.Select(send => send.List.Clients.Length));
        Assert.Equal(all.Length, all.Select(send => send.List.Id).Distinct().Count());
        Assert.All(all, send => Assert.Equal(7UL, send.List.Id >> 32));
    }

    [Fact]
    public void A_second_copy_of_a_late_list_is_counted_once_and_the_late_node_is_told_to_drop_it()
    {
        PhasePlacement phase = Phase(2);
        SendList[] sent = Sent(phase.Begin([Node("a"), Node("b")], At(0)));
        (ulong ofA, ulong ofB) = (sent[0].List.Id, sent[1].List.Id);
        phase.Started(ofA, "a", At(0));
        phase.Started(ofB, "b", At(0));
        Count(phase, ofA, "a", At(1));
        Assert.Empty(phase.Tick(At(1.9)));

        SendList copy = Assert.Single(Sent(phase.Tick(At(3.1)))); // b has taken more than twice a second, and a second more
        Assert.Equal(("a", ofB, true), (copy.Node, copy.List.Id, copy.List.Copy));
        Assert.Equal(AnswerVerdict.Count, phase.Answered(ofB, "a", 1, At(4)).Verdict);
        AnswerDecision second = phase.Answered(ofB, "b", 4, At(4));
        Assert.Equal(AnswerVerdict.Duplicate, second.Verdict);
        Assert.Equal(RefusalReason.Duplicate, Assert.IsType<RefusedTo>(Assert.Single(second.Actions)).Reason);

        Assert.Equal<PlacementAction>([new Accepted("a", ofB), new PhaseDone()], phase.Counted(ofB, "a", At(4)));
    }

    [Fact]
    public void The_one_that_is_still_at_it_when_the_copy_was_counted_is_told_to_stop()
    {
        PhasePlacement phase = Phase(2);
        SendList[] sent = Sent(phase.Begin([Node("a"), Node("b")], At(0)));
        phase.Started(sent[1].List.Id, "b", At(0));
        Count(phase, sent[0].List.Id, "a", At(1));
        Assert.Single(Sent(phase.Tick(At(20))));
        Assert.Equal(AnswerVerdict.Count, phase.Answered(sent[1].List.Id, "a", 1, At(21)).Verdict);

        Assert.Contains(new Revoke("b", sent[1].List.Id, Abandon: true), phase.Counted(sent[1].List.Id, "a", At(21)));
        AnswerDecision late = phase.Answered(sent[1].List.Id, "b", 1, At(22));
        Assert.Equal(AnswerVerdict.Duplicate, late.Verdict);
    }

    [Fact]
    public void A_node_that_did_not_hear_that_its_answer_was_counted_hears_it_when_it_says_it_again()
    {
        PhasePlacement phase = Phase(1);
        ulong list = Assert.Single(Sent(phase.Begin([Node("a")], At(0)))).List.Id;
        Assert.Equal(AnswerVerdict.Count, phase.Answered(list, "a", 1, At(1)).Verdict);
        Assert.Empty(phase.NodeDisconnected("a", At(1)));
        Assert.Equal<PlacementAction>([new PhaseDone()], phase.Counted(list, "a", At(1)));

        Assert.Empty(phase.NodeJoined(Node("a"), [list], At(2)));
        AnswerDecision again = phase.Answered(list, "a", 1, At(2));

        Assert.Equal(AnswerVerdict.Duplicate, again.Verdict);
        Assert.Equal<PlacementAction>([new Accepted("a", list)], again.Actions);
    }

    [Fact]
    public void Answers_to_lists_that_a_node_does_not_have_are_stale()
    {
        PhasePlacement phase = Phase(4);
        SendList[] sent = Sent(phase.Begin([Node("a"), Node("b")], At(0)));

        foreach ((ulong list, string node) in new[] { (sent[0].List.Id, "b"), (sent[0].List.Id + 100, "a"), (1UL, "a"), (sent[0].List.Id, "unknown") })
        {
            AnswerDecision decision = phase.Answered(list, node, 1, At(1));
            Assert.Equal(AnswerVerdict.Stale, decision.Verdict);
            Assert.Equal(RefusalReason.StaleList, Assert.IsType<RefusedTo>(Assert.Single(decision.Actions)).Reason);
        }

        Assert.Throws<InvalidOperationException>(() => phase.Counted(sent[0].List.Id, "a", At(1)));
        Assert.Throws<InvalidOperationException>(() => phase.Refused(sent[0].List.Id, "a", RefusalReason.Malformed, "", At(1)));
    }

    [Fact]
    public void What_was_refused_runs_on_another_node_and_who_sends_rubbish_is_excluded_from_the_run()
    {
        int refused = 0;
        bool excluded = false;
        for (int round = 0; !excluded; round++)
        {
            PhasePlacement phase = Phase(2);
            SendList[] sent = Sent(phase.Begin([Node("bad"), Node("good")], At(0)));
            SendList toBad = Assert.Single(sent, send => send.Node == "bad");
            Count(phase, sent.Single(send => send.Node == "good").List.Id, "good", At(1));
            phase.Answered(toBad.List.Id, "bad", 1, At(1));

            PlacementAction[] after = [.. phase.Refused(toBad.List.Id, "bad", RefusalReason.Implausible, "negative variance", At(1))];
            refused++;
            Assert.Contains(new RefusedTo("bad", toBad.List.Id, RefusalReason.Implausible, "negative variance"), after);
            SendList elsewhere = Assert.Single(Sent(after));
            Assert.Equal("good", elsewhere.Node);
            Assert.Equal<int>(toBad.List.Clients, elsewhere.List.Clients);
            Assert.NotEqual(toBad.List.Id, elsewhere.List.Id);
            excluded = after.OfType<NodeExcluded>().Any();
            Assert.Contains(new PhaseDone(), Count(phase, elsewhere.List.Id, "good", At(2)));
        }

        Assert.Equal(Options.RefusalsTolerated + 1, refused);
        SendList all = Assert.Single(Sent(Phase(1).Begin([Node("bad"), Node("good")], At(0))));
        Assert.Equal("good", all.Node);
    }

    [Fact]
    public void A_run_whose_only_node_is_excluded_waits_for_another()
    {
        PhasePlacement phase = Phase(1);
        ulong list = Assert.Single(Sent(phase.Begin([Node("bad")], At(0)))).List.Id;
        for (int i = 0; i < Options.RefusalsTolerated; i++)
        {
            phase.Answered(list, "bad", 1, At(i));
            list = Assert.Single(Sent(phase.Refused(list, "bad", RefusalReason.Malformed, "", At(i)))).List.Id; // there is no other node
        }

        phase.Answered(list, "bad", 1, At(9));
        Assert.Empty(Sent(phase.Refused(list, "bad", RefusalReason.Malformed, "", At(9))));
        Assert.True(phase.IsWaiting);
        Assert.Null(phase.NextDeadline(At(9)));

        Assert.Equal("good", Assert.Single(Sent(phase.NodeJoined(Node("good"), [], At(10)))).Node);
        Assert.False(phase.IsWaiting);
    }

    [Fact]
    public void A_client_that_diverged_is_tried_on_another_node_once()
    {
        PhasePlacement phase = Phase(2);
        SendList[] sent = Sent(phase.Begin([Node("a"), Node("b")], At(0)));
        Count(phase, sent[1].List.Id, "b", At(1));

        SendList again = Assert.Single(Sent(phase.Failed(sent[0].List.Id, "a", FailureKind.Diverged, sent[0].List.Clients[0], "client 0 diverged", At(1))));
        Assert.Equal("b", again.Node);
        Assert.Equal<PlacementAction>([new PhaseFailed("client 0 diverged")], phase.Failed(again.List.Id, "b", FailureKind.Diverged, null, "client 0 diverged", At(2)));
        Assert.True(phase.IsOver);
        Assert.Empty(phase.Tick(At(100)));
    }

    [Fact]
    public void A_node_that_only_says_that_a_client_diverged_does_not_end_the_run()
    {
        PhasePlacement phase = Phase(2);
        SendList[] sent = Sent(phase.Begin([Node("a"), Node("b")], At(0)));
        Count(phase, sent[1].List.Id, "b", At(1));
        ulong again = Assert.Single(Sent(phase.Failed(sent[0].List.Id, "a", FailureKind.Diverged, null, "diverged", At(1)))).List.Id;

        Assert.Contains(new PhaseDone(), Count(phase, again, "b", At(2)));
    }

    [Fact]
    public void The_only_node_tries_a_client_that_diverged_a_second_time()
    {
        PhasePlacement phase = Phase(1);
        ulong list = Assert.Single(Sent(phase.Begin([Node("a")], At(0)))).List.Id;
        ulong again = Assert.Single(Sent(phase.Failed(list, "a", FailureKind.Diverged, 0, "diverged", At(1)))).List.Id;

        Assert.Equal<PlacementAction>([new PhaseFailed("diverged")], phase.Failed(again, "a", FailureKind.Diverged, 0, "diverged", At(2)));
    }

    [Fact]
    public void A_client_that_no_node_can_run_ends_the_phase_with_the_cause()
    {
        PhasePlacement phase = Phase(1);
        ulong list = Assert.Single(Sent(phase.Begin([Node("a")], At(0)))).List.Id;
        for (int attempt = 1; attempt < Options.AttemptsPerClient; attempt++)
            list = Assert.Single(Sent(phase.Failed(list, "a", FailureKind.Node, null, "out of memory", At(attempt)))).List.Id;

        PlacementAction end = Assert.Single(phase.Failed(list, "a", FailureKind.Node, null, "out of memory", At(9)));
        Assert.Equal("client 0 could not be run on any node, the last of which was 'a': out of memory", Assert.IsType<PhaseFailed>(end).Message);
    }

    [Fact]
    public void A_node_that_fails_and_fails_is_excluded_and_one_that_fails_now_and_then_is_not()
    {
        for (int i = 0; i < 100; i++)
        {
            Assert.False(standings.Failed("now and then"));
            standings.Counted("now and then");
        }

        for (int i = 0; i < Options.FailuresTolerated; i++)
            Assert.False(standings.Failed("always"));
        Assert.True(standings.Failed("always"));
        Assert.Equal((true, false), (standings.IsExcluded("always"), standings.IsExcluded("now and then")));
    }

    [Fact]
    public void A_node_that_was_away_keeps_what_it_has_and_what_never_reached_it_goes_elsewhere()
    {
        PhasePlacement phase = Phase(32);
        SendList[] sent = Sent(phase.Begin([Node("a"), Node("b")], At(0)));
        SendList ahead = Assert.Single(Sent(phase.Started(sent[0].List.Id, "a", At(0))));
        Assert.Empty(phase.NodeDisconnected("a", At(1)));

        PlacementAction[] back = [.. phase.NodeJoined(Node("a"), [sent[0].List.Id, 4711], At(2))];

        Assert.Contains(new Revoke("a", 4711, Abandon: true), back);
        Assert.DoesNotContain(new Revoke("a", sent[0].List.Id, Abandon: true), back);
        Assert.Contains(Sent(back), send => send.Node == "a" && send.List.Id != ahead.List.Id);
        Assert.Equal(AnswerVerdict.Count, phase.Answered(sent[0].List.Id, "a", 8, At(8)).Verdict);
        Assert.Equal(AnswerVerdict.Stale, phase.Answered(ahead.List.Id, "a", 8, At(8)).Verdict);
    }

    [Fact]
    public void An_idle_node_takes_a_list_that_another_has_not_begun()
    {
        PhasePlacement phase = Phase(32);
        SendList[] sent = Sent(phase.Begin([Node("slow"), Node("fast", 3e9)], At(0)));
        ulong slow = sent.Single(send => send.Node == "slow").List.Id;
        SendList ahead = Assert.Single(Sent(phase.Started(slow, "slow", At(0))));
        var queue = new Queue<ulong>([sent.Single(send => send.Node == "fast").List.Id]);
        Revoke? revoke = null;
        for (int second = 1; revoke is null; second++)
        {
            ulong list = queue.Dequeue();
            PlacementAction[] actions = [.. phase.Started(list, "fast", At(second)), .. Count(phase, list, "fast", At(second))];
            foreach (SendList send in Sent(actions))
                queue.Enqueue(send.List.Id);
            revoke = actions.OfType<Revoke>().FirstOrDefault();
        }

        Assert.Equal(new Revoke("slow", ahead.List.Id, Abandon: false), revoke);
        Assert.Contains(Sent(phase.Returned(ahead.List.Id, "slow", At(5))), send => send.Node == "fast");
    }

    [Fact]
    public void A_node_that_gives_lists_back_is_left_alone_for_a_while_and_blamed_for_nothing()
    {
        PhasePlacement phase = Phase(1);
        ulong list = Assert.Single(Sent(phase.Begin([Node("a")], At(0)))).List.Id;
        for (int time = 1; time < 100; time++)
        {
            Assert.Empty(phase.Returned(list, "a", At(time * 20)));
            Assert.Equal(At((time * 20) + 10), phase.NextDeadline(At(time * 20)));
            list = Assert.Single(Sent(phase.Tick(At((time * 20) + 10)))).List.Id;
        }

        phase.Returned(list, "a", At(9000));
        Assert.Equal("b", Assert.Single(Sent(phase.NodeJoined(Node("b"), [], At(9001)))).Node);
    }

    [Fact]
    public void An_answer_that_got_lost_on_its_way_may_be_sent_again()
    {
        PhasePlacement phase = Phase(2);
        SendList[] sent = Sent(phase.Begin([Node("a"), Node("b")], At(0)));
        ulong list = sent[0].List.Id;
        for (int lost = 0; lost < Options.LostUploadsTolerated; lost++)
        {
            Assert.Equal(AnswerVerdict.Count, phase.Answered(list, "a", 1, At(1)).Verdict);
            Assert.Equal<PlacementAction>([new RefusedTo("a", list, RefusalReason.NotUploaded, "")], phase.Refused(list, "a", RefusalReason.NotUploaded, "", At(1)));
        }

        Count(phase, sent[1].List.Id, "b", At(1));
        Assert.Equal(AnswerVerdict.Count, phase.Answered(list, "a", 1, At(2)).Verdict);
        SendList elsewhere = Assert.Single(Sent(phase.Refused(list, "a", RefusalReason.NotUploaded, "", At(2))));
        Assert.Equal("b", elsewhere.Node);
        Assert.Contains(new PhaseDone(), Count(phase, elsewhere.List.Id, "b", At(3)));
    }

    [Fact]
    public void Absurd_costs_and_speeds_overflow_nothing()
    {
        var order = new PhaseOrder("run", 1, "train", [new(0, double.MaxValue), new(1, double.NaN), new(2, -5), new(3, double.PositiveInfinity), new(4, 1e300)]);
        var phase = new PhasePlacement(order, Options, ids, standings);
        SendList[] sent = Sent(phase.Begin([Node("a", double.Epsilon), Node("b", double.MaxValue), Node("c", double.NaN), Node("d", -1)], At(0)));

        Assert.NotEmpty(sent);
        Assert.All(sent, send => Assert.InRange(send.List.Lease, TimeSpan.FromSeconds(1), Options.LongestLease));
        phase.Answered(sent[0].List.Id, sent[0].Node, double.NaN, At(1));
        phase.Counted(sent[0].List.Id, sent[0].Node, At(1));
        Assert.True(double.IsFinite(phase.WorkOf(sent[0].List.Id).SlotSeconds));
    }

    [Fact]
    public void A_phase_without_clients_is_done_at_once_and_a_client_that_is_there_twice_is_refused()
    {
        Assert.Equal<PlacementAction>([new PhaseDone()], Phase(0).Begin([Node("a")], At(0)));
        Assert.Throws<ArgumentException>(() => new PhasePlacement(new PhaseOrder("run", 1, "train", [new(1, 1), new(1, 1)]), Options, ids, standings));
    }

    [Fact]
    public void A_phase_that_is_given_up_is_dropped_everywhere()
    {
        PhasePlacement phase = Phase(8);
        SendList[] sent = Sent(phase.Begin([Node("a"), Node("b")], At(0)));

        PlacementAction[] end = [.. phase.Abandon(At(1))];

        Assert.Equal<PlacementAction>(sent.Select(send => new Revoke(send.Node, send.List.Id, Abandon: true)), end);
        Assert.Equal(AnswerVerdict.Stale, phase.Answered(sent[0].List.Id, "a", 1, At(2)).Verdict);
    }

    private static PlacementAction[] Count(PhasePlacement phase, ulong list, string node, TimeSpan now)
    {
        AnswerDecision decision = phase.Answered(list, node, 1, now);
        Assert.Equal(AnswerVerdict.Count, decision.Verdict);
        return [.. decision.Actions, .. phase.Counted(list, node, now)];
    }

    private static SendList[] Sent(IEnumerable<PlacementAction> actions) => [.. actions.OfType<SendList>()];

    private static PlacementNode Node(string name, double speed = 1e9) => new(name, 1, TimeModel.FromMeasurement(speed));

    private static TimeSpan At(double seconds) => TimeSpan.FromSeconds(seconds);

    private PhasePlacement Phase(int clients) => new(new PhaseOrder("run", 1, "train", [.. Enumerable.Range(0, clients).Select(client => new ClientCost(client, 1e9))]), Options, ids, standings);
}
