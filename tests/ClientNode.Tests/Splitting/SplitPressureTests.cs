using Federated.ClientNode.Splitting;
using Federated.Methods.Splitting;
using Federated.Protocol.Rpc;
using Federated.Protocol.V1;
using Xunit;

namespace Federated.ClientNode.Tests.Splitting;

/// <summary>More sessions than a host can compute, or hold, at once.</summary>
public sealed class SplitPressureTests
{
    private static readonly TimeSpan Limit = SplitHarness.Limit;

    [Fact]
    public async Task A_thousand_sessions_share_two_workspaces()
    {
        const int clients = 1000;
        await using SplitHarness harness = await SplitHarness.StartAsync(new SplitHostOptions { Workspaces = 2 });

        byte[][][] replies = await Task.WhenAll(Enumerable.Range(0, clients).Select(client => RemoteSplitServerTests.RunAsync(harness, client, batches: 2))).WaitAsync(Limit);

        for (int client = 0; client < clients; client++)
            Assert.Equal(RemoteSplitServerTests.Expected(client, batches: 2), replies[client]);
        Assert.Equal(2, harness.Body.Workspaces);
        Assert.InRange(harness.Body.MostInside, 1, 2);
        await harness.SessionsAsync(0);
        Assert.Equal(0, harness.Service.Table.Bytes);
    }

    [Fact]
    public async Task A_thousand_sessions_that_wait_hold_one_message_each()
    {
        const int clients = 1000;
        await using SplitHarness harness = await SplitHarness.StartAsync(new SplitHostOptions { Workspaces = 2 });
        using ManualResetEventSlim gate = new();
        harness.Body.Inside = (_, _, _) => gate.Wait(Limit, CancellationToken.None);
        Task<byte[][]>[] running = [.. Enumerable.Range(0, clients).Select(client => RemoteSplitServerTests.RunAsync(harness, client, batches: 1))];

        // All have sent their first message, three bytes; two are computed, and nothing more of anybody is here.
        using CancellationTokenSource limit = new(Limit);
        while (harness.Service.Table.Pool.Waiting < clients - 2)
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, limit.Token);
        Assert.Equal(clients * 3, harness.Service.Table.Bytes);
        Assert.Equal(clients, harness.Service.Table.Count);

        gate.Set();
        await Task.WhenAll(running).WaitAsync(Limit);
        await harness.SessionsAsync(0);
        Assert.Equal(0, harness.Service.Table.Bytes);
    }

    [Fact]
    public async Task Sessions_beyond_the_most_wait_at_their_clients_and_come_to_their_turn()
    {
        await using SplitHarness harness = await SplitHarness.StartAsync(new SplitHostOptions { Workspaces = 2, MostSessions = 5 });

        byte[][][] replies = await Task.WhenAll(Enumerable.Range(0, 40).Select(client => RemoteSplitServerTests.RunAsync(harness, client, batches: 2))).WaitAsync(Limit);

        for (int client = 0; client < replies.Length; client++)
            Assert.Equal(RemoteSplitServerTests.Expected(client, batches: 2), replies[client]);
    }

    [Fact]
    public async Task Messages_beyond_the_most_bytes_wait_at_their_clients_and_come_to_their_turn()
    {
        // Room for three messages of three bytes; a backward pass always finds some.
        await using SplitHarness harness = await SplitHarness.StartAsync(new SplitHostOptions { Workspaces = 2, MostBytes = 10 });

        byte[][][] replies = await Task.WhenAll(Enumerable.Range(0, 30).Select(client => RemoteSplitServerTests.RunAsync(harness, client, batches: 2))).WaitAsync(Limit);

        for (int client = 0; client < replies.Length; client++)
            Assert.Equal(RemoteSplitServerTests.Expected(client, batches: 2), replies[client]);
        await harness.SessionsAsync(0);
        Assert.Equal(0, harness.Service.Table.Bytes);
    }

    [Fact]
    public async Task A_refusal_for_want_of_room_says_what_helps()
    {
        await using SplitHarness harness = await SplitHarness.StartAsync(new SplitHostOptions { Workspaces = 1, MostSessions = 1 });
        await using DuplexCall<SplitRequest, SplitReply> first = harness.Raw();
        await first.WriteAsync(new SplitRequest { Open = SplitHarness.Opening(client: 1) });
        Assert.NotNull((await first.ReadAsync().AsTask().WaitAsync(Limit))!.Opened);

        await using DuplexCall<SplitRequest, SplitReply> second = harness.Raw();
        await second.WriteAsync(new SplitRequest { Open = SplitHarness.Opening(client: 2) });
        RpcException refused = await Assert.ThrowsAsync<RpcException>(() => second.ReadAsync().AsTask().WaitAsync(Limit));

        Assert.Equal(RpcStatusCode.ResourceExhausted, refused.Code);
        Assert.Contains("1 sessions are open here, which is the most: try again later, or use more hosts", refused.Status.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_that_thinks_for_long_does_not_keep_a_workspace_from_the_others()
    {
        await using SplitHarness harness = await SplitHarness.StartAsync(new SplitHostOptions { Workspaces = 1, Patience = TimeSpan.FromMilliseconds(20) });
        RemoteSplitSession slow = await harness.Server().OpenAsync(SplitHarness.Request(9), CancellationToken.None);
        byte[] output = (await slow.ExchangeAsync(0, SplitLeg.Forward, new byte[] { 1, 2 }, CancellationToken.None).WaitAsync(Limit)).ToArray();

        // Done with the others before the slow one comes back; its forward pass is done again for it.
        Assert.Equal(RemoteSplitServerTests.Expected(3, batches: 4), await RemoteSplitServerTests.RunAsync(harness, client: 3, batches: 4));
        byte[] gradient = (await slow.ExchangeAsync(1, SplitLeg.Backward, new byte[] { 1, 2 }, CancellationToken.None).WaitAsync(Limit)).ToArray();

        Assert.Equal(RunningSumBody.Backward(output, [1, 2]), gradient);
        Assert.Equal(1, harness.Body.Repeated);
    }
}
