using Federated.ClientNode.Splitting;
using Federated.Methods.Federation;
using Federated.Methods.Splitting;
using Federated.Protocol.Rpc;
using Federated.TestKit;
using Xunit;

namespace Federated.ClientNode.Tests.Splitting;

/// <summary>Split sessions over a socket, as a node has them.</summary>
public sealed class RemoteSplitServerTests
{
    private static readonly TimeSpan Limit = SplitHarness.Limit;

    [Fact]
    public async Task A_session_carries_the_bytes_of_both_parts()
    {
        await using SplitHarness harness = await SplitHarness.StartAsync();

        byte[][] replies = await RunAsync(harness, client: 2, batches: 3);

        Assert.Equal(Expected(client: 2, batches: 3), replies);
        await harness.SessionsAsync(0);
        Assert.Equal(0, harness.Service.Table.Bytes);
    }

    [Fact]
    public async Task A_blocking_session_is_the_same()
    {
        await using SplitHarness harness = await SplitHarness.StartAsync();
        ISplitServer server = harness.Server();

        byte[] reply = await Task.Run(() =>
        {
            using ISplitSession session = server.Open(SplitHarness.Request(1), CancellationToken.None);
            return session.Exchange(0, SplitLeg.Forward, new byte[] { 1, 2 }, CancellationToken.None).ToArray();
        }).WaitAsync(Limit);

        Assert.Equal([4, 7], reply);
        await harness.SessionsAsync(0);
    }

    // At every message: lost while nothing is under way, while the message is computed, and when the host has computed it.
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task A_session_goes_on_when_its_stream_breaks_between_messages(int message)
    {
        await using SplitHarness harness = await SplitHarness.StartAsync();

        byte[][] replies = await RunAsync(harness, client: 2, batches: 2, before: async number =>
        {
            if (number == message)
                await harness.BreakStreamsAsync();
        });

        Assert.Equal(Expected(client: 2, batches: 2), replies);
        Assert.Equal(4, harness.Body.Computed.Count);
        Assert.Equal(message == 0 ? 1 : 2, harness.Opened.Count);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task A_session_gets_the_kept_reply_when_its_stream_breaks_while_the_message_is_computed(int message)
    {
        await using SplitHarness harness = await SplitHarness.StartAsync();
        using SemaphoreSlim entered = new(0), left = new(0);
        int held = 0;
        harness.Body.Inside = (_, number, _) =>
        {
            if (number != message || Interlocked.Exchange(ref held, 1) != 0)
                return;
            entered.Release();
            left.Wait(Limit, CancellationToken.None);
        };
        Task<byte[][]> running = RunAsync(harness, client: 2, batches: 2);
        Assert.True(await entered.WaitAsync(Limit));

        await harness.BreakStreamsAsync();
        left.Release();

        Assert.Equal(Expected(client: 2, batches: 2), await running.WaitAsync(Limit));
        Assert.Equal(4, harness.Body.Computed.Count); // none was computed twice
        Assert.Contains(harness.Opened, opening => opening.Next == (uint)message);
    }

    [Fact]
    public async Task A_session_whose_host_was_started_anew_is_lost_and_its_client_begins_again()
    {
        await using SplitHarness harness = await SplitHarness.StartAsync();
        RemoteSplitServer server = harness.Server();
        RemoteSplitSession first = await server.OpenAsync(SplitHarness.Request(2), CancellationToken.None);
        await first.ExchangeAsync(0, SplitLeg.Forward, new byte[] { 1 }, CancellationToken.None).WaitAsync(Limit);

        await harness.RestartAsync();
        SplitSessionLostException lost = await Assert.ThrowsAsync<SplitSessionLostException>(
            () => first.ExchangeAsync(1, SplitLeg.Backward, new byte[] { 1 }, CancellationToken.None).WaitAsync(Limit));
        Assert.Contains("begin again with message 0", lost.Message, StringComparison.Ordinal);

        RemoteSplitSession second = await server.OpenAsync(SplitHarness.Request(2), CancellationToken.None);
        Assert.Equal([5], (await second.ExchangeAsync(0, SplitLeg.Forward, new byte[] { 1 }, CancellationToken.None).WaitAsync(Limit)).ToArray());
        Assert.Equal(2u, harness.Opened.Last().Attempt);
    }

    [Fact]
    public async Task A_later_attempt_at_a_client_ends_the_session_of_the_earlier_one()
    {
        await using SplitHarness harness = await SplitHarness.StartAsync();
        RemoteSplitServer server = harness.Server();
        RemoteSplitSession first = await server.OpenAsync(SplitHarness.Request(2), CancellationToken.None);
        await first.ExchangeAsync(0, SplitLeg.Forward, new byte[] { 1 }, CancellationToken.None).WaitAsync(Limit);
        RemoteSplitSession second = await server.OpenAsync(SplitHarness.Request(2), CancellationToken.None);
        await second.ExchangeAsync(0, SplitLeg.Forward, new byte[] { 1 }, CancellationToken.None).WaitAsync(Limit);

        Assert.Equal(1, harness.Service.Table.Count);
        await Assert.ThrowsAsync<SplitSessionLostException>(() => first.ExchangeAsync(1, SplitLeg.Backward, new byte[] { 1 }, CancellationToken.None).WaitAsync(Limit));
    }

    [Fact]
    public async Task A_host_that_is_none_any_more_loses_its_sessions_at_once()
    {
        await using SplitHarness harness = await SplitHarness.StartAsync();
        RemoteSplitSession session = await harness.Server().OpenAsync(SplitHarness.Request(2), CancellationToken.None);
        await session.ExchangeAsync(0, SplitLeg.Forward, new byte[] { 1 }, CancellationToken.None).WaitAsync(Limit);

        harness.IsKnown = false;
        harness.Refusal = new RpcException(RpcStatusCode.Unavailable, "not here");
        await harness.BreakStreamsAsync();

        await Assert.ThrowsAsync<SplitSessionLostException>(() => session.ExchangeAsync(1, SplitLeg.Backward, new byte[] { 1 }, CancellationToken.None).WaitAsync(Limit));
    }

    [Theory]
    [InlineData(RpcStatusCode.PermissionDenied)]
    [InlineData(RpcStatusCode.Unauthenticated)]
    [InlineData(RpcStatusCode.FailedPrecondition)]
    [InlineData(RpcStatusCode.InvalidArgument)]
    public async Task What_is_refused_for_good_is_not_tried_again(RpcStatusCode code)
    {
        await using SplitHarness harness = await SplitHarness.StartAsync();
        harness.Refusal = new RpcException(code, "list 1 is not this node's");
        RemoteSplitSession session = await harness.Server().OpenAsync(SplitHarness.Request(2), CancellationToken.None);

        SplitSessionException refused = await Assert.ThrowsAsync<SplitSessionException>(
            () => session.ExchangeAsync(0, SplitLeg.Forward, new byte[] { 1 }, CancellationToken.None).WaitAsync(Limit));

        Assert.Contains("list 1 is not this node's", refused.Message, StringComparison.Ordinal);
        Assert.Single(harness.Opened);
    }

    [Fact]
    public async Task A_payload_that_is_none_ends_the_session_with_the_reason()
    {
        await using SplitHarness harness = await SplitHarness.StartAsync();
        RemoteSplitSession session = await harness.Server().OpenAsync(SplitHarness.Request(2), CancellationToken.None);

        SplitSessionException refused = await Assert.ThrowsAsync<SplitSessionException>(
            () => session.ExchangeAsync(0, SplitLeg.Forward, new byte[] { 0xFF }, CancellationToken.None).WaitAsync(Limit));

        Assert.Contains("a byte of 255 begins no payload here", refused.Message, StringComparison.Ordinal);
        await harness.SessionsAsync(0);
    }

    [Fact]
    public async Task Numbers_that_are_not_finite_are_the_clients_failure()
    {
        await using SplitHarness harness = await SplitHarness.StartAsync();
        harness.Body.Inside = static (_, _, _) => throw new ClientAnswerException("the activations of client 2 are not finite");
        RemoteSplitSession session = await harness.Server().OpenAsync(SplitHarness.Request(2), CancellationToken.None);

        ClientAnswerException diverged = await Assert.ThrowsAsync<ClientAnswerException>(
            () => session.ExchangeAsync(0, SplitLeg.Forward, new byte[] { 1 }, CancellationToken.None).WaitAsync(Limit));

        Assert.Equal("the activations of client 2 are not finite", diverged.Message);
    }

    [Fact]
    public async Task An_error_of_the_host_loses_the_session_and_says_nothing_of_its_inside()
    {
        await using SplitHarness harness = await SplitHarness.StartAsync();
        harness.Body.Inside = static (_, _, _) => throw new InvalidOperationException("secret");
        RemoteSplitSession session = await harness.Server().OpenAsync(SplitHarness.Request(2), CancellationToken.None);

        SplitSessionLostException lost = await Assert.ThrowsAsync<SplitSessionLostException>(
            () => session.ExchangeAsync(0, SplitLeg.Forward, new byte[] { 1 }, CancellationToken.None).WaitAsync(Limit));

        Assert.DoesNotContain("secret", lost.Message, StringComparison.Ordinal);
        Assert.Contains(harness.Said, static said => said.Contains("secret", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_client_that_is_cancelled_stops_at_once()
    {
        await using SplitHarness harness = await SplitHarness.StartAsync(new SplitHostOptions { Workspaces = 1 });
        using SemaphoreSlim entered = new(0), left = new(0);
        harness.Body.Inside = (client, _, _) =>
        {
            if (client != 2)
                return;
            entered.Release();
            left.Wait(Limit, CancellationToken.None);
        };
        using CancellationTokenSource cancel = new();
        RemoteSplitSession session = await harness.Server().OpenAsync(SplitHarness.Request(2), cancel.Token);
        Task<ReadOnlyMemory<byte>> exchange = session.ExchangeAsync(0, SplitLeg.Forward, new byte[] { 1 }, cancel.Token);
        Assert.True(await entered.WaitAsync(Limit));

        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => exchange.WaitAsync(Limit));
        await session.EndAsync().WaitAsync(Limit);
        left.Release();

        Assert.Equal(Expected(client: 1, batches: 1), await RunAsync(harness, client: 1, batches: 1).WaitAsync(Limit));
    }

    [Fact]
    public async Task Sessions_of_a_list_that_was_taken_back_end()
    {
        await using SplitHarness harness = await SplitHarness.StartAsync();
        RemoteSplitSession revoked = await harness.Server(list: 8).OpenAsync(SplitHarness.Request(2), CancellationToken.None);
        RemoteSplitSession other = await harness.Server(list: 9).OpenAsync(SplitHarness.Request(2), CancellationToken.None);
        await revoked.ExchangeAsync(0, SplitLeg.Forward, new byte[] { 1 }, CancellationToken.None).WaitAsync(Limit);
        await other.ExchangeAsync(0, SplitLeg.Forward, new byte[] { 1 }, CancellationToken.None).WaitAsync(Limit);

        harness.Service.EndWhere(static key => key.List == 8, "list 8 was taken back");

        Exception ended = await Assert.ThrowsAnyAsync<Exception>(() => revoked.ExchangeAsync(1, SplitLeg.Backward, new byte[] { 1 }, CancellationToken.None).WaitAsync(Limit));
        Assert.True(ended is SplitSessionException or SplitSessionLostException, ended.ToString());
        Assert.Equal([7], (await other.ExchangeAsync(1, SplitLeg.Backward, new byte[] { 1 }, CancellationToken.None).WaitAsync(Limit)).ToArray());
    }

    [Fact]
    public async Task A_session_without_a_stream_is_dropped_after_a_while_and_says_so()
    {
        ManualTimeProvider time = new();
        await using SplitHarness harness = await SplitHarness.StartAsync(new SplitHostOptions { Workspaces = 1, Time = time, LongestAbsence = TimeSpan.FromSeconds(30) });
        RemoteSplitSession session = await harness.Server().OpenAsync(SplitHarness.Request(2), CancellationToken.None);
        await session.ExchangeAsync(0, SplitLeg.Forward, new byte[] { 1 }, CancellationToken.None).WaitAsync(Limit);
        await harness.BreakStreamsAsync();

        // The break may be noticed a moment later; from then on it is thirty seconds.
        using CancellationTokenSource limit = new(Limit);
        while (harness.Service.Table.Count > 0)
        {
            time.Advance(TimeSpan.FromSeconds(10));
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, limit.Token);
        }

        Assert.Contains(harness.Said, static said => said.Contains("nothing was heard of client 2 of list 1 of run run on node node-1 for 30 s", StringComparison.Ordinal));
        await Assert.ThrowsAsync<SplitSessionLostException>(() => session.ExchangeAsync(1, SplitLeg.Backward, new byte[] { 1 }, CancellationToken.None).WaitAsync(Limit));
        Assert.Equal(0, harness.Service.Table.Bytes);
    }

    [Fact]
    public async Task A_client_that_says_nothing_for_too_long_is_told_that_its_session_is_dropped()
    {
        ManualTimeProvider time = new();
        await using SplitHarness harness = await SplitHarness.StartAsync(new SplitHostOptions { Workspaces = 1, Time = time, LongestSilence = TimeSpan.FromMinutes(5) });
        RemoteSplitSession session = await harness.Server().OpenAsync(SplitHarness.Request(2), CancellationToken.None);
        await session.ExchangeAsync(0, SplitLeg.Forward, new byte[] { 1 }, CancellationToken.None).WaitAsync(Limit);

        time.Advance(TimeSpan.FromMinutes(5));
        await harness.SessionsAsync(0);

        SplitSessionLostException lost = await Assert.ThrowsAsync<SplitSessionLostException>(
            () => session.ExchangeAsync(1, SplitLeg.Backward, new byte[] { 1 }, CancellationToken.None).WaitAsync(Limit));
        // From its stream's end, or, when the message is sent before that has arrived, from its next stream.
        Assert.Matches("nothing was heard of client 2|dropped after a time without a word", lost.Message);
        Assert.Contains(harness.Said, static said => said.Contains("nothing was heard of client 2 of list 1 of run run on node node-1 for 300 s", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_message_that_is_larger_than_any_is_not_sent()
    {
        await using SplitHarness harness = await SplitHarness.StartAsync();
        RemoteSplitSession session = await harness.Server().OpenAsync(SplitHarness.Request(2), CancellationToken.None);

        SplitSessionException refused = await Assert.ThrowsAsync<SplitSessionException>(
            () => session.ExchangeAsync(0, SplitLeg.Forward, new byte[SplitHostOptions.LargestPayload + 1], CancellationToken.None).WaitAsync(Limit));

        Assert.Contains("choose smaller batches", refused.Message, StringComparison.Ordinal);
        Assert.Empty(harness.Opened);
    }

    internal static byte[][] Expected(int client, int batches)
    {
        List<byte[]> replies = [];
        for (int batch = 0; batch < batches; batch++)
        {
            byte[] output = RunningSumBody.Forward(client, Up(batch));
            replies.Add(output);
            replies.Add(RunningSumBody.Backward(output, Up(batch + 50)));
        }

        return [.. replies];
    }

    internal static async Task<byte[][]> RunAsync(SplitHarness harness, int client, int batches, Func<int, Task>? before = null)
    {
        List<byte[]> replies = [];
        RemoteSplitSession session = await harness.Server().OpenAsync(SplitHarness.Request(client), CancellationToken.None);
        for (int number = 0; number < 2 * batches; number++)
        {
            if (before is not null)
                await before(number);
            bool isForward = number % 2 == 0;
            byte[] up = Up((number / 2) + (isForward ? 0 : 50));
            replies.Add((await session.ExchangeAsync(number, isForward ? SplitLeg.Forward : SplitLeg.Backward, up, CancellationToken.None).WaitAsync(Limit)).ToArray());
        }

        await session.EndAsync().WaitAsync(Limit);
        return [.. replies];
    }

    private static byte[] Up(int batch) => [(byte)batch, (byte)(batch + 1), 7];
}
