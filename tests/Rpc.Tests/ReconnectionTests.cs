using System.Net.Sockets;
using Federated.Protocol.Rpc;
using Federated.RpcKit;
using Federated.Rpc.Tests.V1;
using Xunit;

namespace Federated.Rpc.Tests;

/// <summary>Servers that are not there, go and come back.</summary>
public sealed class ReconnectionTests : IAsyncLifetime
{
    private static readonly Uri Nowhere = new("http://coordinator.invalid:50051");

    private readonly SteppedTime time = new();
    private RpcTestHost? host;
    private int attempts;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        if (host is not null)
            await host.DisposeAsync();
    }

    [Fact]
    public async Task Attempts_are_spaced_and_calls_between_them_fail_at_once()
    {
        await using RpcChannel channel = Channel();

        RpcException first = await FailAsync(channel);
        Assert.Equal(1, attempts);
        Assert.Contains("cannot be reached", first.Status.Message, StringComparison.Ordinal);
        RpcException second = await FailAsync(channel);
        Assert.Equal(1, attempts);
        Assert.Contains("the next attempt may be made in 1.0 s", second.Status.Message, StringComparison.Ordinal);
        time.Advance(TimeSpan.FromSeconds(1));
        await FailAsync(channel);
        Assert.Equal(2, attempts);
        time.Advance(TimeSpan.FromSeconds(1.9)); // the second wait is two seconds
        await FailAsync(channel);
        Assert.Equal(2, attempts);
        time.Advance(TimeSpan.FromSeconds(0.1));
        await FailAsync(channel);
        Assert.Equal(3, attempts);
    }

    [Fact]
    public async Task A_call_that_waits_gets_through_when_the_server_comes()
    {
        await using RpcChannel channel = Channel();
        Task<ProbeResponse> unary = channel.UnaryAsync(ProbeMethods.Unary, new ProbeRequest { ResponseBytes = 5 }, new RpcCallOptions { WaitForReady = true });
        await time.WaitForTimersAsync(1, ProbeMethods.Limit);
        time.Advance(TimeSpan.FromSeconds(1));
        await using DuplexCall<ProbeRequest, ProbeResponse> talk = channel.Duplex(ProbeMethods.Talk, new RpcCallOptions { WaitForReady = true });
        Task write = talk.WriteAsync(new ProbeRequest { ResponseBytes = 6 }).AsTask();
        await time.WaitForTimersAsync(2, ProbeMethods.Limit);

        host = await StartAsync();
        time.Advance(TimeSpan.FromSeconds(2));

        Assert.Equal(5, (await unary.WaitAsync(ProbeMethods.Limit)).Payload.Length);
        await write.WaitAsync(ProbeMethods.Limit);
        Assert.Equal(6, (await talk.ReadAsync().AsTask().WaitAsync(ProbeMethods.Limit))!.Payload.Length);
    }

    [Fact]
    public async Task A_call_that_waits_ends_at_its_deadline()
    {
        await using RpcChannel channel = Channel();
        Task<ProbeResponse> call = channel.UnaryAsync(ProbeMethods.Unary, new ProbeRequest(), new RpcCallOptions { WaitForReady = true, Timeout = TimeSpan.FromSeconds(10) });
        for (int waits = 0; !call.IsCompleted && waits < 10; waits++)
        {
            await Task.WhenAny(call, time.WaitForTimersAsync(2, ProbeMethods.Limit)).WaitAsync(ProbeMethods.Limit);
            if (time.Waits.Count > 1)
                time.Advance(time.Waits[0]);
        }

        RpcException end = await Assert.ThrowsAsync<RpcException>(() => call.WaitAsync(ProbeMethods.Limit));
        Assert.Equal(RpcStatusCode.DeadlineExceeded, end.Code);
        Assert.InRange(attempts, 2, 5);
    }

    [Fact]
    public async Task A_call_that_waits_can_be_cancelled()
    {
        await using RpcChannel channel = Channel();
        using var cancel = new CancellationTokenSource();
        Task<ProbeResponse> call = channel.UnaryAsync(ProbeMethods.Unary, new ProbeRequest(), new RpcCallOptions { WaitForReady = true }, cancel.Token);
        await time.WaitForTimersAsync(1, ProbeMethods.Limit);

        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call.WaitAsync(ProbeMethods.Limit));
    }

    [Fact]
    public async Task A_channel_survives_its_server()
    {
        await using RpcChannel channel = Channel();
        host = await StartAsync();
        await channel.UnaryAsync(ProbeMethods.Unary, new ProbeRequest()).WaitAsync(ProbeMethods.Limit);
        await host.DisposeAsync();
        host = null;
        await FailAsync(channel);

        host = await StartAsync();
        time.Advance(TimeSpan.FromSeconds(1));

        await channel.UnaryAsync(ProbeMethods.Unary, new ProbeRequest()).WaitAsync(ProbeMethods.Limit);
        // The call in between failed on the old connection or on a new one, whichever was noticed first.
        Assert.InRange(attempts, 2, 3);
    }

    private static Task<RpcTestHost> StartAsync() => RpcTestHost.StartAsync(routes => routes.MapRpcService(ProbeMethods.Service, new ProbeService()));

    private static async Task<RpcException> FailAsync(RpcChannel channel)
    {
        RpcException end = await Assert.ThrowsAsync<RpcException>(() => channel.UnaryAsync(ProbeMethods.Unary, new ProbeRequest()).WaitAsync(ProbeMethods.Limit));
        Assert.Equal(RpcStatusCode.Unavailable, end.Code);
        return end;
    }

    private RpcChannel Channel() => new(Nowhere, new RpcChannelOptions
    {
        Time = time,
        Backoff = new RpcBackoff { First = TimeSpan.FromSeconds(1), Factor = 2, Jitter = 0 },
        ConfigureHandler = handler => handler.ConnectCallback = ConnectAsync,
    });

    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancel)
    {
        Interlocked.Increment(ref attempts);
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            if (host is null)
                throw new SocketException((int)SocketError.ConnectionRefused);
            await socket.ConnectAsync(host.Address.Host, host.Address.Port, cancel);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
