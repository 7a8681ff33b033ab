using Federated.Protocol.Rpc;
using Federated.Protocol.V1;
using Google.Protobuf;
using Xunit;

namespace Federated.ClientNode.Tests.Splitting;

/// <summary>What a body host does with messages that no node of this release sends.</summary>
public sealed class SplitServiceTests
{
    private static readonly TimeSpan Limit = SplitHarness.Limit;

    [Theory]
    [InlineData(0, "message 0 came where 1 is the next")] // repeated
    [InlineData(2, "message 2 came where 1 is the next")] // skipped
    [InlineData(7, "message 7 came where 1 is the next")]
    public async Task A_repeated_or_skipped_number_is_refused_and_ends_the_session(int number, string reason)
    {
        await using SplitHarness harness = await SplitHarness.StartAsync();
        await using DuplexCall<SplitRequest, SplitReply> call = await OpenAsync(harness);
        await AnswerAsync(call, SplitHarness.Message(0, Leg.Forward, 1));

        await call.WriteAsync(SplitHarness.Message(number, Leg.Forward, 1));
        RpcException end = await Assert.ThrowsAsync<RpcException>(() => call.ReadAsync().AsTask().WaitAsync(Limit));

        Assert.Equal(RpcStatusCode.FailedPrecondition, end.Code);
        Assert.Contains(reason, end.Status.Message, StringComparison.Ordinal);
        Assert.Equal(0, harness.Service.Table.Count);
        Assert.Single(harness.Body.Computed);
    }

    [Fact]
    public async Task Messages_that_are_sent_ahead_are_answered_in_order()
    {
        await using SplitHarness harness = await SplitHarness.StartAsync();
        await using DuplexCall<SplitRequest, SplitReply> call = await OpenAsync(harness);
        for (int number = 0; number < 6; number++)
            await call.WriteAsync(SplitHarness.Message(number, number % 2 == 0 ? Leg.Forward : Leg.Backward, (byte)number));

        for (uint number = 0; number < 6; number++)
            Assert.Equal(number, (await call.ReadAsync().AsTask().WaitAsync(Limit))!.Answer.Number);
        Assert.Equal(1, harness.Body.MostInside);
    }

    [Fact]
    public async Task A_backward_pass_without_a_forward_pass_before_it_is_refused()
    {
        await using SplitHarness harness = await SplitHarness.StartAsync();
        await using DuplexCall<SplitRequest, SplitReply> call = await OpenAsync(harness);
        await AnswerAsync(call, SplitHarness.Message(0, Leg.Forward, 1));
        await AnswerAsync(call, SplitHarness.Message(1, Leg.Backward, 1));

        await RefusedAsync(call, SplitHarness.Message(2, Leg.Backward, 1), RpcStatusCode.FailedPrecondition, "without a forward pass");
        Assert.Equal(0, harness.Service.Table.Count);
    }

    [Theory]
    [InlineData(2, RpcStatusCode.FailedPrecondition)] // ahead of what has arrived
    [InlineData(9, RpcStatusCode.FailedPrecondition)]
    public async Task Going_on_elsewhere_than_where_the_session_stands_is_refused_and_ends_it(int next, RpcStatusCode code)
    {
        await using SplitHarness harness = await SplitHarness.StartAsync();
        await using DuplexCall<SplitRequest, SplitReply> call = await OpenAsync(harness);
        await AnswerAsync(call, SplitHarness.Message(0, Leg.Forward, 1));

        await using DuplexCall<SplitRequest, SplitReply> other = harness.Raw();
        await RefusedAsync(other, new SplitRequest { Open = SplitHarness.Opening(next: next) }, code, "message 1 is the next");
        Assert.Equal(0, harness.Service.Table.Count);
    }

    [Fact]
    public async Task Going_on_where_two_replies_are_missing_is_refused()
    {
        await using SplitHarness harness = await SplitHarness.StartAsync();
        await using DuplexCall<SplitRequest, SplitReply> call = await OpenAsync(harness);
        await AnswerAsync(call, SplitHarness.Message(0, Leg.Forward, 1));
        await AnswerAsync(call, SplitHarness.Message(1, Leg.Backward, 1));

        await using DuplexCall<SplitRequest, SplitReply> other = harness.Raw();
        await RefusedAsync(other, new SplitRequest { Open = SplitHarness.Opening(next: 0) }, RpcStatusCode.FailedPrecondition, "message 2 is the next");
    }

    [Fact]
    public async Task Going_on_with_a_session_that_is_not_there_is_told()
    {
        await using SplitHarness harness = await SplitHarness.StartAsync();
        await using DuplexCall<SplitRequest, SplitReply> call = harness.Raw();

        await RefusedAsync(call, new SplitRequest { Open = SplitHarness.Opening(next: 4) }, RpcStatusCode.Aborted, "begin again with message 0");
    }

    [Fact]
    public async Task A_session_goes_on_on_its_latest_stream_only()
    {
        await using SplitHarness harness = await SplitHarness.StartAsync();
        await using DuplexCall<SplitRequest, SplitReply> call = await OpenAsync(harness);
        await AnswerAsync(call, SplitHarness.Message(0, Leg.Forward, 1));

        await using DuplexCall<SplitRequest, SplitReply> other = harness.Raw();
        await other.WriteAsync(new SplitRequest { Open = SplitHarness.Opening(next: 0) });
        Assert.Equal(1u, (await other.ReadAsync().AsTask().WaitAsync(Limit))!.Opened.Next);
        SplitAnswer kept = (await other.ReadAsync().AsTask().WaitAsync(Limit))!.Answer;
        Assert.Equal([4], kept.Payload.ToByteArray());
        Assert.Equal(0u, kept.Number);
        RpcException ended = await Assert.ThrowsAsync<RpcException>(() => call.ReadAsync().AsTask().WaitAsync(Limit));
        Assert.Equal(RpcStatusCode.Aborted, ended.Code);

        Assert.Equal([6], (await AnswerAsync(other, SplitHarness.Message(1, Leg.Backward, 1))).ToByteArray());
        Assert.Equal(2, harness.Body.Computed.Count);
    }

    [Fact]
    public async Task An_earlier_attempt_does_not_take_the_place_of_a_later_one()
    {
        await using SplitHarness harness = await SplitHarness.StartAsync();
        await using DuplexCall<SplitRequest, SplitReply> call = harness.Raw();
        await call.WriteAsync(new SplitRequest { Open = SplitHarness.Opening(attempt: 5) });
        Assert.NotNull((await call.ReadAsync().AsTask().WaitAsync(Limit))!.Opened);

        await using DuplexCall<SplitRequest, SplitReply> other = harness.Raw();
        await RefusedAsync(other, new SplitRequest { Open = SplitHarness.Opening(attempt: 4) }, RpcStatusCode.Aborted, "attempt 5 is under way");
        Assert.Equal(1, harness.Service.Table.Count);
    }

    public static TheoryData<string, Action<SplitOpening>> Openings { get; } = new()
    {
        { "a node's name", static opening => opening.Node = "No node" },
        { "a run's name", static opening => opening.Run = "" },
        { "a run's name", static opening => opening.Run = new string('r', 256) },
        { "a task's name", static opening => opening.Task = "" },
        { "a task's name", static opening => opening.Task = new string('t', 65) },
        { "2³¹", static opening => opening.Client = uint.MaxValue },
        { "2³¹", static opening => opening.Round = 1u << 31 },
        { "2³¹", static opening => opening.Next = uint.MaxValue },
        { "the server's form", static opening => opening.ServerForm = null },
        { "the server's form", static opening => opening.ServerForm = new PayloadForm { Sha256 = ByteString.CopyFrom(1, 2), Length = 3 } },
        { "the server's form", static opening => opening.ServerForm = new PayloadForm { Sha256 = opening.ServerForm.Sha256, Length = 0 } },
    };

    [Theory]
    [MemberData(nameof(Openings))]
    public async Task An_opening_that_no_node_sends_is_refused(string reason, Action<SplitOpening> change)
    {
        await using SplitHarness harness = await SplitHarness.StartAsync();
        SplitOpening opening = SplitHarness.Opening();
        change(opening);
        await using DuplexCall<SplitRequest, SplitReply> call = harness.Raw();

        await RefusedAsync(call, new SplitRequest { Open = opening }, RpcStatusCode.InvalidArgument, reason);
        Assert.Empty(harness.Opened);
        Assert.Equal(0, harness.Service.Table.Count);
    }

    [Fact]
    public async Task A_task_that_has_no_body_is_refused()
    {
        await using SplitHarness harness = await SplitHarness.StartAsync();
        SplitOpening opening = SplitHarness.Opening();
        opening.Task = "probe";
        await using DuplexCall<SplitRequest, SplitReply> call = harness.Raw();

        await RefusedAsync(call, new SplitRequest { Open = opening }, RpcStatusCode.FailedPrecondition, "no task 'probe' here");
        Assert.Equal(0, harness.Service.Table.Count);
    }

    [Fact]
    public async Task Another_version_of_the_contract_is_refused()
    {
        await using SplitHarness harness = await SplitHarness.StartAsync();
        SplitOpening opening = SplitHarness.Opening();
        opening.Protocol = 2;
        await using DuplexCall<SplitRequest, SplitReply> call = harness.Raw();

        await RefusedAsync(call, new SplitRequest { Open = opening }, RpcStatusCode.FailedPrecondition, "use the same release");
    }

    [Fact]
    public async Task A_stream_that_does_not_begin_with_an_opening_is_refused()
    {
        await using SplitHarness harness = await SplitHarness.StartAsync();
        await using DuplexCall<SplitRequest, SplitReply> call = harness.Raw();

        await RefusedAsync(call, SplitHarness.Message(0, Leg.Forward, 1), RpcStatusCode.InvalidArgument, "must open it");
    }

    [Theory]
    [InlineData(Leg.Unspecified)]
    [InlineData((Leg)9)]
    public async Task A_message_that_asks_for_nothing_known_is_refused(Leg leg)
    {
        await using SplitHarness harness = await SplitHarness.StartAsync();
        await using DuplexCall<SplitRequest, SplitReply> call = await OpenAsync(harness);

        await RefusedAsync(call, SplitHarness.Message(0, leg, 1), RpcStatusCode.InvalidArgument, "asks for something that this release does not know");
        Assert.Empty(harness.Body.Computed);
    }

    [Fact]
    public async Task A_second_opening_is_refused()
    {
        await using SplitHarness harness = await SplitHarness.StartAsync();
        await using DuplexCall<SplitRequest, SplitReply> call = await OpenAsync(harness);

        await RefusedAsync(call, new SplitRequest { Open = SplitHarness.Opening() }, RpcStatusCode.InvalidArgument, "opened once");
    }

    private static async Task<DuplexCall<SplitRequest, SplitReply>> OpenAsync(SplitHarness harness)
    {
        DuplexCall<SplitRequest, SplitReply> call = harness.Raw();
        await call.WriteAsync(new SplitRequest { Open = SplitHarness.Opening() });
        Assert.Equal(0u, (await call.ReadAsync().AsTask().WaitAsync(Limit))!.Opened.Next);
        return call;
    }

    private static async Task<ByteString> AnswerAsync(DuplexCall<SplitRequest, SplitReply> call, SplitRequest request)
    {
        await call.WriteAsync(request);
        return (await call.ReadAsync().AsTask().WaitAsync(Limit))!.Answer.Payload;
    }

    private static async Task RefusedAsync(DuplexCall<SplitRequest, SplitReply> call, SplitRequest request, RpcStatusCode code, string reason)
    {
        await call.WriteAsync(request);
        RpcException end = await Assert.ThrowsAsync<RpcException>(() => call.ReadAsync().AsTask().WaitAsync(Limit));
        Assert.Equal(code, end.Code);
        Assert.Contains(reason, end.Status.Message, StringComparison.Ordinal);
    }
}
