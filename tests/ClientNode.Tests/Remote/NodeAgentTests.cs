using Federated.ClientNode.Remote;
using Federated.Methods.LocalTraining;
using Federated.Methods.Nodes;
using Federated.Protocol.Payloads;
using Federated.Protocol.V1;
using Google.Protobuf;
using Xunit;

namespace Federated.ClientNode.Tests.Remote;

public sealed class NodeAgentTests
{
    private static readonly TimeSpan Limit = NodeHarness.Limit;

    [Fact]
    public async Task A_node_says_who_it_is_and_beats()
    {
        await using var harness = new NodeHarness();
        (MemoryStreamEnd stream, Registration registration) = await harness.GreetAsync(heartbeatMilliseconds: 1000);
        Assert.Equal(1u, registration.Protocol);
        Assert.Equal("n1", registration.Node);
        Assert.Equal(2u, registration.Slots);
        Assert.Equal(1UL << 30, registration.MemoryBytes);
        Assert.Equal(1e9, registration.OperationsPerSecond);
        Assert.Equal("test", registration.Release);
        Assert.NotEqual(0UL, registration.Instance);
        Assert.Empty(registration.Lists);

        // Its clock starts to beat some time after the greeting: time moves until it does.
        Task<NodeMessage?> beat = stream.ReadAnyAsync(Limit);
        while (!beat.IsCompleted)
        {
            harness.Time.Advance(TimeSpan.FromMilliseconds(500));
            await Task.Yield();
        }

        Assert.Equal(NodeMessage.KindOneofCase.Heartbeat, (await beat)!.KindCase);
    }

    [Fact]
    public async Task A_list_is_started_answered_and_forgotten_when_it_counts()
    {
        await using var harness = new NodeHarness();
        MemoryStreamEnd stream = await harness.PrepareAsync();
        WorkList list = SmallExperiment.List(7, [1, 2, 3]);
        stream.Say(new CoordinatorMessage { WorkList = list });
        Assert.Equal(7u, (await stream.ReadAsync(Limit))!.ListStarted.List);
        ListAnswered answered = (await stream.ReadAsync(Limit))!.ListAnswered;
        Assert.Equal(await NodeHarness.ExpectedAsync(list, SmallExperiment.Payload), harness.UploadOf(answered));
        stream.Say(new CoordinatorMessage { Accepted = new AnswerAccepted { List = 7 } });
        stream.Say(new CoordinatorMessage { Revoke = new RevokeList { List = 7 } });
        Assert.Equal(7u, (await stream.ReadAsync(Limit))!.ListReturned.List); // it is not there any more
        stream.Break();
        (_, Registration again) = await harness.GreetAsync();
        Assert.Empty(again.Lists);
    }

    [Fact]
    public async Task Work_in_hand_goes_on_without_the_coordinator_and_is_delivered_when_it_is_back()
    {
        await using var harness = new NodeHarness();
        MemoryStreamEnd stream = await harness.PrepareAsync();
        harness.Held.Hold(1);
        stream.Say(new CoordinatorMessage { WorkList = SmallExperiment.List(1, [0, 1]) });
        Assert.Equal(1u, (await stream.ReadAsync(Limit))!.ListStarted.List);
        harness.Streams.Failures.Enqueue(new IOException("nobody is there"));
        stream.Break();
        (stream, Registration registration) = await harness.GreetAsync();
        Assert.Equal([1UL], registration.Lists);
        Assert.Equal(1u, (await stream.ReadAsync(Limit))!.ListStarted.List); // said again: it may have been lost
        harness.Held.LetGo(1);
        Assert.Equal(1u, (await stream.ReadAsync(Limit))!.ListAnswered.List);
        stream.Break(); // the answer was announced, and nothing was heard of it
        (stream, registration) = await harness.GreetAsync();
        Assert.Equal([1UL], registration.Lists);
        Assert.Equal(1u, (await stream.ReadAsync(Limit))!.ListAnswered.List);
        Assert.Single(harness.Held.Ran);
        Assert.Contains(harness.Notices, static text => text.Contains("nobody is there", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_list_that_is_sent_again_is_answered_again_and_not_run_again()
    {
        await using var harness = new NodeHarness();
        MemoryStreamEnd stream = await harness.PrepareAsync();
        WorkList list = SmallExperiment.List(1, [0, 1]);
        stream.Say(new CoordinatorMessage { WorkList = list });
        stream.Say(new CoordinatorMessage { WorkList = list });
        Assert.Equal(1u, (await stream.ReadAsync(Limit))!.ListStarted.List);
        ListAnswered first = (await stream.ReadAsync(Limit))!.ListAnswered;
        stream.Say(new CoordinatorMessage { WorkList = new WorkList(list) { LeaseMilliseconds = 5 } });
        Assert.Equal(first, (await stream.ReadAsync(Limit))!.ListAnswered);
        Assert.Single(harness.Held.Ran);
    }

    [Fact]
    public async Task A_list_with_the_number_of_another_takes_its_place()
    {
        await using var harness = new NodeHarness();
        MemoryStreamEnd stream = await harness.PrepareAsync();
        harness.Held.Hold(1);
        stream.Say(new CoordinatorMessage { WorkList = SmallExperiment.List(1, [0, 1]) });
        Assert.Equal(1u, (await stream.ReadAsync(Limit))!.ListStarted.List);
        WorkList other = SmallExperiment.List(1, [4, 5]);
        stream.Say(new CoordinatorMessage { WorkList = other });
        harness.Held.LetGo(1);
        Assert.Equal(1u, (await stream.ReadAsync(Limit))!.ListStarted.List);
        ListAnswered answered = (await stream.ReadAsync(Limit))!.ListAnswered;
        Assert.Equal(await NodeHarness.ExpectedAsync(other, SmallExperiment.Payload), harness.UploadOf(answered));
    }

    [Fact]
    public async Task A_revoked_list_comes_back_unless_it_was_started_and_not_abandoned()
    {
        await using var harness = new NodeHarness(slots: 1);
        MemoryStreamEnd stream = await harness.PrepareAsync();
        harness.Held.Hold(1);
        stream.Say(new CoordinatorMessage { WorkList = SmallExperiment.List(1, [0, 1]) });
        Assert.Equal(1u, (await stream.ReadAsync(Limit))!.ListStarted.List);
        stream.Say(new CoordinatorMessage { WorkList = SmallExperiment.List(2, [2, 3]) });
        stream.Say(new CoordinatorMessage { WorkList = SmallExperiment.List(3, [4, 5]) });
        stream.Say(new CoordinatorMessage { Revoke = new RevokeList { List = 3 } });
        Assert.Equal(3u, (await stream.ReadAsync(Limit))!.ListReturned.List);
        stream.Say(new CoordinatorMessage { Revoke = new RevokeList { List = 1 } }); // started: goes on
        stream.Say(new CoordinatorMessage { Revoke = new RevokeList { List = 9 } }); // unknown: as good as returned
        Assert.Equal(9u, (await stream.ReadAsync(Limit))!.ListReturned.List);
        harness.Held.Hold(2);
        harness.Held.LetGo(1);
        NodeMessage[] next = [(await stream.ReadAsync(Limit))!, (await stream.ReadAsync(Limit))!];
        Assert.Contains(next, static message => message.ListAnswered?.List == 1);
        Assert.Contains(next, static message => message.ListStarted?.List == 2);
        stream.Say(new CoordinatorMessage { Revoke = new RevokeList { List = 2, Abandon = true } });
        harness.Held.LetGo(2);
        Assert.Equal(2u, (await stream.ReadAsync(Limit))!.ListReturned.List);
    }

    [Fact]
    public async Task An_upload_that_the_coordinator_lost_is_made_again()
    {
        await using var harness = new NodeHarness();
        MemoryStreamEnd stream = await harness.PrepareAsync();
        stream.Say(new CoordinatorMessage { WorkList = SmallExperiment.List(1, [0]) });
        Assert.Equal(1u, (await stream.ReadAsync(Limit))!.ListStarted.List);
        ListAnswered first = (await stream.ReadAsync(Limit))!.ListAnswered;
        harness.Transfer.Uploads.Clear();
        stream.Say(new CoordinatorMessage { Refused = new AnswerRefused { List = 1, Reason = RefusalReason.NotUploaded, Message = "lost" } });
        Assert.Equal(first, (await stream.ReadAsync(Limit))!.ListAnswered);
        Assert.NotEmpty(harness.UploadOf(first));
        stream.Say(new CoordinatorMessage { Refused = new AnswerRefused { List = 1, Reason = RefusalReason.StaleList } });
        stream.Say(new CoordinatorMessage { Revoke = new RevokeList { List = 1 } });
        Assert.Equal(1u, (await stream.ReadAsync(Limit))!.ListReturned.List); // it is not there any more
        stream.Break();
        (_, Registration registration) = await harness.GreetAsync();
        Assert.Empty(registration.Lists);
    }

    [Fact]
    public async Task An_upload_that_is_missed_while_it_is_on_its_way_again_is_announced_when_it_has_arrived()
    {
        await using var harness = new NodeHarness();
        MemoryStreamEnd stream = await harness.PrepareAsync();
        stream.Say(new CoordinatorMessage { WorkList = SmallExperiment.List(1, [0]) });
        Assert.Equal(1u, (await stream.ReadAsync(Limit))!.ListStarted.List);
        ListAnswered first = (await stream.ReadAsync(Limit))!.ListAnswered;
        var gate = new TaskCompletionSource();
        harness.Transfer.Gate = gate.Task;
        stream.Break();
        (stream, _) = await harness.GreetAsync();
        stream.Say(new CoordinatorMessage { Refused = new AnswerRefused { List = 1, Reason = RefusalReason.NotUploaded } });
        stream.Say(new CoordinatorMessage { Revoke = new RevokeList { List = 99 } });
        Assert.Equal(99u, (await stream.ReadAsync(Limit))!.ListReturned.List); // so that the refusal has arrived
        gate.SetResult();
        Assert.Equal(first, (await stream.ReadAsync(Limit))!.ListAnswered);
        Assert.Single(harness.Held.Ran);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_answer_that_the_coordinator_does_not_take_is_a_failure_unless_it_is_not_wanted_any_more(bool isUnwanted)
    {
        await using var harness = new NodeHarness();
        harness.Transfer.UploadFailures[1] = new TransferRefusedException("no more than ten bytes") { IsUnwanted = isUnwanted };
        MemoryStreamEnd stream = await harness.PrepareAsync();
        stream.Say(new CoordinatorMessage { WorkList = SmallExperiment.List(1, [0]) });
        Assert.Equal(1u, (await stream.ReadAsync(Limit))!.ListStarted.List);
        if (!isUnwanted)
            Assert.Equal("no more than ten bytes", (await stream.ReadAsync(Limit))!.ListFailed.Message);
        stream.Say(new CoordinatorMessage { WorkList = SmallExperiment.List(2, [0]) });
        Assert.Equal(2u, (await stream.ReadAsync(Limit))!.ListStarted.List);
        Assert.Equal(2u, (await stream.ReadAsync(Limit))!.ListAnswered.List);
        stream.Say(new CoordinatorMessage { Accepted = new AnswerAccepted { List = 2 } });
        harness.Stop();
        Assert.Null(await stream.ReadAsync(Limit)); // nothing is left in hand, and nothing is said of the first list
        stream.End();
        Assert.Equal(NodeEndKind.Stopped, (await harness.Running.WaitAsync(Limit)).Kind);
    }

    [Fact]
    public async Task Parts_that_clients_keep_and_the_node_does_not_hold_are_fetched_once_and_compared_with_their_digest()
    {
        await using var harness = new NodeHarness();
        MemoryStreamEnd stream = await harness.PrepareAsync();
        var mask = new MaskPart(SmallExperiment.SparseMask);
        string digest = mask.Mask.Digest;
        byte[] payload = new Payload(new ReferencePart(PartKind.Mask, digest), new SparseValuesPart(mask.Mask, new float[mask.Mask.Count])).Encode().Bytes;
        harness.Transfer.Put(payload);
        WorkList list = SmallExperiment.List(1, [0, 1], payload);
        list.Forms[0] = SmallExperiment.FormOf(payload, digest);
        list.Kept.Add(ByteString.CopyFrom(Convert.FromHexString(digest)));

        harness.Transfer.Keep(digest, KeptPartPayload.Of(new DenseValuesPart(new float[SmallExperiment.Context.Plan.Parameters.Count])).Encode().Bytes);
        stream.Say(new CoordinatorMessage { WorkList = list });
        ListFailed failed = (await stream.ReadAsync(Limit))!.ListFailed;
        Assert.Equal(FailureKind.Node, failed.Kind);
        Assert.Contains(digest, failed.Message, StringComparison.Ordinal);

        harness.Transfer.Keep(digest, KeptPartPayload.Of(mask).Encode().Bytes);
        for (ulong number = 2; number < 4; number++)
        {
            list.List = number;
            list.Groups[0] = new ClientGroup { Clients = { (uint)number } };
            stream.Say(new CoordinatorMessage { WorkList = list });
            Assert.Equal(number, (await stream.ReadAsync(Limit))!.ListStarted.List);
            Assert.Equal(number, (await stream.ReadAsync(Limit))!.ListAnswered.List);
        }

        Assert.Equal([digest, digest], harness.Transfer.KeptFetched); // the wrong one and the right one
    }

    [Fact]
    public async Task A_client_that_diverges_is_named_and_the_node_lives()
    {
        await using var harness = new NodeHarness(slots: 1);
        MemoryStreamEnd stream = await harness.PrepareAsync();
        byte[] payload = SmallExperiment.PayloadOf(float.PositiveInfinity);
        harness.Transfer.Put(payload);
        stream.Say(new CoordinatorMessage { WorkList = SmallExperiment.List(1, [5], payload) });
        Assert.Equal(1u, (await stream.ReadAsync(Limit))!.ListStarted.List);
        ListFailed failed = (await stream.ReadAsync(Limit))!.ListFailed;
        Assert.Equal(FailureKind.Diverged, failed.Kind);
        Assert.Equal(5u, failed.Client);
        Assert.Contains("client 5", failed.Message, StringComparison.Ordinal);
        stream.Say(new CoordinatorMessage { WorkList = SmallExperiment.List(2, [5]) });
        Assert.Equal(2u, (await stream.ReadAsync(Limit))!.ListStarted.List);
        Assert.Equal(2u, (await stream.ReadAsync(Limit))!.ListAnswered.List);
    }

    [Fact]
    public async Task A_list_that_fails_while_the_coordinator_is_away_is_told_of_when_it_is_back()
    {
        await using var harness = new NodeHarness(slots: 1);
        MemoryStreamEnd stream = await harness.PrepareAsync();
        byte[] payload = SmallExperiment.PayloadOf(float.NaN);
        harness.Transfer.Put(payload);
        harness.Held.Hold(1);
        stream.Say(new CoordinatorMessage { WorkList = SmallExperiment.List(1, [5], payload) });
        Assert.Equal(1u, (await stream.ReadAsync(Limit))!.ListStarted.List);
        stream.Break();
        MemoryStreamEnd next = await harness.Streams.AcceptAsync(Limit);
        harness.Held.LetGo(1);
        Registration registration = await next.GreetAsync(Limit);
        Assert.Equal([1UL], registration.Lists);
        NodeMessage message = (await next.ReadAsync(Limit))!;
        if (message.ListStarted is not null) // it failed only after the greeting
            message = (await next.ReadAsync(Limit))!;
        Assert.Equal(FailureKind.Diverged, message.ListFailed.Kind);
    }

    public static TheoryData<string, Action<WorkList>> BadLists => new()
    {
        { "is not prepared", static list => list.Run = "other" },
        { "a run's name", static list => list.Run = new string('x', 300) },
        { "no clients", static list => list.Groups.Clear() },
        { "forms", static list => list.Forms.Clear() },
        { "digest", static list => list.Forms[0].Sha256 = ByteString.CopyFrom(1, 2) },
        { "digest", static list => list.Forms[0].RefersTo.Add(ByteString.Empty) },
        { "kept part", static list => list.Kept.Add(ByteString.CopyFrom(1)) },
        { "empty", static list => list.Forms[0].Length = 0 },
        { "at most", static list => list.Forms[0].Length = 1UL << 60 },
        { "these clients' have at most 0", static list => list.States = SmallExperiment.FormOf(new byte[9]) }, // clients of this experiment hold on to nothing
        { "32 bytes", static list => list.States = new PayloadForm { Length = 9 } },
        { "states of clients refer", static list => list.States = SmallExperiment.FormOf(new byte[9], new string('a', 64)) },
        { "round 10", static list => list.Round = 10 },
        { "no task", static list => list.Task = "dance" },
        { "receives form 3", static list => list.Groups[0].Form = 3 },
        { "client 8 of an experiment with 8", static list => list.Groups[0].Clients.Add(8) },
        { "ascend", static list => list.Groups[0].Clients.Add(0) },
        { "is empty", static list => list.Groups[0].Clients.Clear() },
        { "there is no payload", static list => list.Forms[0].Sha256 = ByteString.CopyFrom(new byte[32]) },
        { "has", static list => list.Forms[0].Length++ },
        {
            "two groups", static list =>
            {
                list.Forms.Add(list.Forms[0]);
                list.Groups.Add(new ClientGroup { Form = 1, Clients = { 1 } });
            }
        },
    };

    [Theory]
    [MemberData(nameof(BadLists))]
    public async Task A_list_that_makes_no_sense_fails_and_the_node_lives(string says, Action<WorkList> spoil)
    {
        await using var harness = new NodeHarness(slots: 1);
        MemoryStreamEnd stream = await harness.PrepareAsync();
        WorkList bad = SmallExperiment.List(1, [1, 2]);
        spoil(bad);
        stream.Say(new CoordinatorMessage { WorkList = bad });
        ListFailed failed = (await stream.ReadAsync(Limit))!.ListFailed;
        Assert.Equal(FailureKind.Node, failed.Kind);
        Assert.Contains(says, failed.Message, StringComparison.Ordinal);
        Assert.Empty(harness.Held.Ran);
        stream.Say(new CoordinatorMessage { WorkList = SmallExperiment.List(2, [1]) });
        Assert.Equal(2u, (await stream.ReadAsync(Limit))!.ListStarted.List);
    }

    [Fact]
    public async Task More_lists_than_a_node_takes_in_hand_come_back()
    {
        await using var harness = new NodeHarness();
        var never = new TaskCompletionSource();
        MemoryStreamEnd stream = await harness.PrepareAsync();
        harness.Transfer.Gate = never.Task;
        for (ulong number = 1; number <= 33; number++)
            stream.Say(new CoordinatorMessage { WorkList = SmallExperiment.List(number, [1]) });
        Assert.Equal(33u, (await stream.ReadAsync(Limit))!.ListReturned.List);
    }

    [Fact]
    public async Task Other_data_than_the_coordinators_is_refused()
    {
        await using var harness = new NodeHarness();
        (MemoryStreamEnd stream, _) = await harness.GreetAsync();
        PrepareExperiment prepare = SmallExperiment.Prepare;
        prepare.DataSha256 = ByteString.CopyFrom(new byte[32]);
        stream.Say(new CoordinatorMessage { Prepare = prepare });
        ExperimentRefused refused = (await stream.ReadAsync(Limit))!.ExperimentRefused;
        Assert.Equal(SmallExperiment.Run, refused.Run);
        Assert.Contains("put the same files on both machines", refused.Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("model: [")]
    [InlineData("colour: blue")]
    public async Task An_experiment_that_cannot_be_read_is_refused_and_its_lists_fail(string text)
    {
        await using var harness = new NodeHarness();
        (MemoryStreamEnd stream, _) = await harness.GreetAsync();
        PrepareExperiment prepare = SmallExperiment.Prepare;
        prepare.Experiment = text;
        stream.Say(new CoordinatorMessage { Prepare = prepare });
        Assert.NotEmpty((await stream.ReadAsync(Limit))!.ExperimentRefused.Reason);
        stream.Say(new CoordinatorMessage { WorkList = SmallExperiment.List(1, [1]) });
        Assert.Equal(FailureKind.Node, (await stream.ReadAsync(Limit))!.ListFailed.Kind);
    }

    [Fact]
    public async Task An_experiment_is_built_once_and_forgotten_when_released()
    {
        await using var harness = new NodeHarness();
        MemoryStreamEnd stream = await harness.PrepareAsync();
        stream.Say(new CoordinatorMessage { Prepare = SmallExperiment.Prepare });
        Assert.Equal(SmallExperiment.Run, (await stream.ReadAsync(Limit))!.ExperimentReady.Run);
        Assert.Single(harness.Notices, static text => text.Contains("is ready", StringComparison.Ordinal));
        stream.Say(new CoordinatorMessage { Release = new ReleaseExperiment { Run = SmallExperiment.Run } });
        stream.Say(new CoordinatorMessage { WorkList = SmallExperiment.List(1, [1]) });
        Assert.Contains("not prepared", (await stream.ReadAsync(Limit))!.ListFailed.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_list_that_comes_before_its_experiment_is_ready_waits_for_it()
    {
        await using var harness = new NodeHarness();
        (MemoryStreamEnd stream, _) = await harness.GreetAsync();
        stream.Say(new CoordinatorMessage { Prepare = SmallExperiment.Prepare });
        stream.Say(new CoordinatorMessage { WorkList = SmallExperiment.List(1, [1]) });
        Assert.Equal(SmallExperiment.Run, (await stream.ReadAsync(Limit))!.ExperimentReady.Run);
        Assert.Equal(1u, (await stream.ReadAsync(Limit))!.ListStarted.List);
        Assert.Equal(TrainLocally.TaskName, SmallExperiment.List(1, [1]).Task);
    }

    [Fact]
    public async Task A_stopped_node_gives_back_what_it_has_not_started_finishes_the_rest_and_leaves()
    {
        await using var harness = new NodeHarness(slots: 1);
        MemoryStreamEnd stream = await harness.PrepareAsync();
        harness.Held.Hold(1);
        stream.Say(new CoordinatorMessage { WorkList = SmallExperiment.List(1, [0, 1]) });
        Assert.Equal(1u, (await stream.ReadAsync(Limit))!.ListStarted.List);
        var never = new TaskCompletionSource();
        harness.Transfer.Gate = never.Task;
        byte[] other = SmallExperiment.PayloadOf(0.5f);
        stream.Say(new CoordinatorMessage { WorkList = SmallExperiment.List(2, [2], other) });
        stream.Say(new CoordinatorMessage { Revoke = new RevokeList { List = 99 } });
        Assert.Equal(99u, (await stream.ReadAsync(Limit))!.ListReturned.List); // so that list 2 has arrived
        harness.Stop();
        Assert.Equal(2u, (await stream.ReadAsync(Limit))!.ListReturned.List);
        stream.Say(new CoordinatorMessage { WorkList = SmallExperiment.List(3, [3]) });
        Assert.Equal(3u, (await stream.ReadAsync(Limit))!.ListReturned.List);
        harness.Transfer.Gate = Task.CompletedTask;
        harness.Held.LetGo(1);
        Assert.Equal(1u, (await stream.ReadAsync(Limit))!.ListAnswered.List);
        Assert.False(harness.Running.IsCompleted);
        stream.Say(new CoordinatorMessage { Accepted = new AnswerAccepted { List = 1 } });
        Assert.Null(await stream.ReadAsync(Limit)); // it says no more
        stream.End();
        Assert.Equal(NodeEndKind.Stopped, (await harness.Running.WaitAsync(Limit)).Kind);
    }

    [Fact]
    public async Task A_stopped_node_without_a_coordinator_and_without_work_leaves()
    {
        await using var harness = new NodeHarness();
        (MemoryStreamEnd stream, _) = await harness.GreetAsync();
        harness.Stop();
        stream.Break();
        Assert.Equal(NodeEndKind.Stopped, (await harness.Running.WaitAsync(Limit)).Kind);
    }

    [Fact]
    public async Task A_node_that_waits_for_its_welcome_can_be_stopped()
    {
        await using var harness = new NodeHarness();
        MemoryStreamEnd stream = await harness.Streams.AcceptAsync(Limit);
        Assert.NotNull((await stream.ReadAsync(Limit))!.Registration);
        harness.Stop();
        Assert.Equal(NodeEndKind.Stopped, (await harness.Running.WaitAsync(Limit)).Kind);
    }

    [Fact]
    public async Task An_aborted_node_leaves_at_once()
    {
        await using var harness = new NodeHarness(slots: 1);
        MemoryStreamEnd stream = await harness.PrepareAsync();
        harness.Held.Hold(1);
        stream.Say(new CoordinatorMessage { WorkList = SmallExperiment.List(1, [0, 1]) });
        Assert.Equal(1u, (await stream.ReadAsync(Limit))!.ListStarted.List);
        harness.Abort();
        harness.Held.LetGo(1);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => harness.Running.WaitAsync(Limit));
    }

    [Fact]
    public async Task The_coordinator_can_send_a_node_home()
    {
        await using var harness = new NodeHarness();
        (MemoryStreamEnd stream, _) = await harness.GreetAsync();
        stream.Say(new CoordinatorMessage { Shutdown = new Shutdown { Reason = "the run is over" } });
        Assert.Equal(new NodeEnd(NodeEndKind.ShutDown, "the run is over"), await harness.Running.WaitAsync(Limit));
    }

    [Fact]
    public async Task A_refused_node_ends_with_the_reason()
    {
        var streams = new MemoryStreams();
        streams.Failures.Enqueue(new IOException("not yet"));
        streams.Failures.Enqueue(new NodeRefusedException("another release"));
        await using var harness = new NodeHarness(streams);
        NodeRefusedException refused = await Assert.ThrowsAsync<NodeRefusedException>(() => harness.Running.WaitAsync(Limit));
        Assert.Equal("another release", refused.Message);
    }

    [Fact]
    public async Task Whoever_begins_without_a_welcome_is_no_coordinator_and_is_tried_again()
    {
        await using var harness = new NodeHarness();
        MemoryStreamEnd stream = await harness.Streams.AcceptAsync(Limit);
        stream.Say(new CoordinatorMessage { WorkList = SmallExperiment.List(1, [1]) });
        (_, Registration registration) = await harness.GreetAsync();
        Assert.Empty(registration.Lists);
        Assert.Contains(harness.Notices, static text => text.Contains("instead of a welcome", StringComparison.Ordinal));
    }
}
