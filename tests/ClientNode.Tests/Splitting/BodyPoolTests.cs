using Federated.ClientNode.Splitting;
using Federated.Methods.Splitting;
using Federated.TestKit;
using Google.Protobuf;
using Xunit;

namespace Federated.ClientNode.Tests.Splitting;

/// <summary>Few workspaces for many sessions.</summary>
public sealed class BodyPoolTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(200);

    private readonly ManualTimeProvider time = new();
    private readonly RunningSumBody body = new();
    private readonly BodyPool pool;

    public BodyPoolTests() => pool = Pool(1);

    [Fact]
    public async Task A_forward_pass_and_its_backward_pass_are_those_of_the_body()
    {
        BodySeat one = Session(1);

        Assert.Equal([4, 7, 10], await Run(pool, one, 0, SplitLeg.Forward, 1, 2, 3));
        Assert.Equal([6, 11, 16], await Run(pool, one, 1, SplitLeg.Backward, 1, 2, 3));
        Assert.Equal(0, body.Repeated);
        Assert.Equal(1, body.Workspaces);
    }

    [Fact]
    public async Task A_workspace_waits_for_the_backward_pass_while_patience_lasts()
    {
        BodySeat one = Session(1), two = Session(2);
        await Run(pool, one, 0, SplitLeg.Forward, 1);
        Task<ByteString> waiting = pool.RunAsync(two, 0, SplitLeg.Forward, new byte[] { 5 });
        time.Advance(Patience - TimeSpan.FromMilliseconds(10));
        Assert.Equal(1, pool.Waiting);

        Assert.Equal([6], await Run(pool, one, 1, SplitLeg.Backward, 1));
        Assert.Equal([17], (await waiting.WaitAsync(Limit)).ToByteArray());
        Assert.Equal(0, body.Repeated);
    }

    [Fact]
    public async Task After_that_it_goes_to_who_waits_and_the_forward_pass_is_done_again()
    {
        BodySeat one = Session(1), two = Session(2);
        await Run(pool, one, 0, SplitLeg.Forward, 1);
        Task<ByteString> waiting = pool.RunAsync(two, 0, SplitLeg.Forward, new byte[] { 5 });
        time.Advance(Patience);
        Assert.Equal([17], (await waiting.WaitAsync(Limit)).ToByteArray());

        // Now the second holds the workspace, and the first waits in its turn.
        Task<ByteString> backward = pool.RunAsync(one, 1, SplitLeg.Backward, new byte[] { 1 });
        Assert.Equal(1, pool.Waiting);
        time.Advance(Patience);
        Assert.Equal([6], (await backward.WaitAsync(Limit)).ToByteArray());
        Assert.Equal(1, body.Repeated);

        Assert.Equal([17 + 4], await Run(pool, two, 1, SplitLeg.Backward, 2));
        Assert.Equal(2, body.Repeated);
        Assert.Equal(2, pool.Taken);
    }

    [Fact]
    public async Task A_forward_pass_behind_a_forward_pass_lets_others_before_it()
    {
        BodySeat one = Session(1), two = Session(2);
        await Run(pool, one, 0, SplitLeg.Forward, 1);
        Task<ByteString> other = pool.RunAsync(two, 0, SplitLeg.Train, new byte[] { 5 });
        Assert.Equal(1, pool.Waiting);

        Assert.Equal([4], await Run(pool, one, 1, SplitLeg.Forward, 1));
        Assert.Equal([5], (await other.WaitAsync(Limit)).ToByteArray());
        Assert.Equal([(1, 0, SplitLeg.Forward), (2, 0, SplitLeg.Train), (1, 1, SplitLeg.Forward)], body.Computed.ToArray());
    }

    [Fact]
    public async Task A_session_that_ends_gives_its_workspace_to_the_next()
    {
        BodySeat one = Session(1), two = Session(2);
        await Run(pool, one, 0, SplitLeg.Forward, 1);
        Task<ByteString> waiting = pool.RunAsync(two, 0, SplitLeg.Forward, new byte[] { 5 });
        Assert.Equal(1, pool.Waiting);

        pool.Release(one);
        Assert.Equal([17], (await waiting.WaitAsync(Limit)).ToByteArray());
    }

    [Fact]
    public async Task A_session_that_ends_while_it_waits_is_not_computed()
    {
        BodySeat one = Session(1), two = Session(2), three = Session(3);
        await Run(pool, one, 0, SplitLeg.Forward, 1);
        Task<ByteString> second = pool.RunAsync(two, 0, SplitLeg.Forward, new byte[] { 5 });
        Task<ByteString> third = pool.RunAsync(three, 0, SplitLeg.Forward, new byte[] { 5 });

        pool.Release(two);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second.WaitAsync(Limit));
        pool.Release(one);
        Assert.Equal([18], (await third.WaitAsync(Limit)).ToByteArray());
        Assert.DoesNotContain(body.Computed, static computed => computed.Client == 2);
    }

    [Fact]
    public async Task A_session_that_ends_while_it_is_computed_stops()
    {
        BodySeat one = Session(1), two = Session(2);
        using var entered = new SemaphoreSlim(0);
        body.Inside = (client, _, cancel) =>
        {
            if (client != 1)
                return;
            entered.Release();
            cancel.WaitHandle.WaitOne(Limit);
        };
        Task<ByteString> first = pool.RunAsync(one, 0, SplitLeg.Forward, new byte[] { 5 });
        Assert.True(await entered.WaitAsync(Limit));

        pool.Release(one);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first.WaitAsync(Limit));
        Assert.Equal([17], await Run(pool, two, 0, SplitLeg.Forward, 5));
    }

    [Fact]
    public async Task A_message_that_fails_leaves_a_workspace_for_the_next()
    {
        BodySeat one = Session(1), two = Session(2);

        await Assert.ThrowsAsync<SplitSessionException>(() => Run(pool, one, 0, SplitLeg.Forward, 0xFF));
        Assert.Equal([17], await Run(pool, two, 0, SplitLeg.Forward, 5));
    }

    [Fact]
    public async Task A_body_that_is_not_wanted_any_more_gives_its_memory_back()
    {
        RunningSumBody other = new();
        await Run(pool, Session(1), 0, SplitLeg.Forward, 1);

        pool.Forget(body);
        Assert.Equal([5], await Run(pool, new BodySeat(other, other.Begin(0, "train", 2)), 0, SplitLeg.Forward, 1)); // behind it, on the one thread
        Assert.Equal((1, 1), (body.Workspaces, body.Disposed));
        Assert.Equal((1, 0), (other.Workspaces, other.Disposed));
    }

    [Fact]
    public async Task A_body_that_is_not_wanted_any_more_while_it_computes_gives_its_memory_back_afterwards()
    {
        using SemaphoreSlim entered = new(0), left = new(0);
        body.Inside = (_, _, _) =>
        {
            entered.Release();
            left.Wait(Limit, CancellationToken.None);
        };
        Task<byte[]> running = Run(pool, Session(1), 0, SplitLeg.Train, 1);
        Assert.True(await entered.WaitAsync(Limit));
        pool.Forget(body);
        left.Release();
        Assert.Equal([1], await running);

        RunningSumBody other = new();
        Assert.Equal([5], await Run(pool, new BodySeat(other, other.Begin(0, "train", 2)), 0, SplitLeg.Forward, 1));
        Assert.Equal((1, 1), (body.Workspaces, body.Disposed));
    }

    [Fact]
    public async Task Replies_do_not_depend_on_the_number_of_workspaces()
    {
        byte[][] alone = await RunTenAsync(10);

        Assert.Equal(alone, await RunTenAsync(1));
        Assert.Equal(alone, await RunTenAsync(3));
    }

    public void Dispose() => pool.Dispose();

    // Ten sessions whose messages come in an order in which one workspace is wanted by another session every time.
    private async Task<byte[][]> RunTenAsync(int workspaces)
    {
        using BodyPool some = Pool(workspaces);
        BodySeat[] sessions = [.. Enumerable.Range(0, 10).Select(Session)];
        List<byte[]> replies = [];
        for (int number = 0; number < 6; number++)
        {
            foreach (BodySeat session in sessions)
            {
                Task<ByteString> reply = some.RunAsync(session, number, number % 2 == 0 ? SplitLeg.Forward : SplitLeg.Backward, new byte[] { (byte)number, 9 });
                while (some.Waiting > 0)
                    time.Advance(Patience);
                replies.Add((await reply.WaitAsync(Limit)).ToByteArray());
            }
        }

        return [.. replies];
    }

    private BodyPool Pool(int workspaces) => new(new SplitHostOptions { Workspaces = workspaces, Patience = Patience, Time = time });

    private BodySeat Session(int client) => new(body, body.Begin(0, "train", client));

    private static async Task<byte[]> Run(BodyPool pool, BodySeat session, int number, SplitLeg leg, params byte[] payload) =>
        (await pool.RunAsync(session, number, leg, payload).WaitAsync(Limit)).ToByteArray();
}
