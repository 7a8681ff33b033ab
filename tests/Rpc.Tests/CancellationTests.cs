using Federated.Protocol.Rpc;
using Federated.RpcKit;
using Federated.Rpc.Tests.V1;
using Xunit;

namespace Federated.Rpc.Tests;

/// <summary>Calls that end before they are done.</summary>
public sealed class CancellationTests
{
    private readonly TaskCompletionSource entered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<string> left = new(TaskCreationOptions.RunContinuationsAsynchronously);

    [Fact]
    public async Task A_cancelled_unary_call_cancels_the_service()
    {
        await using RpcTestHost host = await StartAsync();
        using var cancel = new CancellationTokenSource();
        Task<ProbeResponse> call = host.Channel().UnaryAsync(ProbeMethods.Unary, new ProbeRequest { Script = "wait" }, cancel: cancel.Token);
        await entered.Task.WaitAsync(ProbeMethods.Limit);

        await cancel.CancelAsync();

        OperationCanceledException end = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call.WaitAsync(ProbeMethods.Limit));
        Assert.Equal(cancel.Token, end.CancellationToken);
        Assert.Equal("cancelled", await left.Task.WaitAsync(ProbeMethods.Limit));
    }

    [Fact]
    public async Task Cancelling_after_begin_ends_an_upload()
    {
        await using RpcTestHost host = await StartAsync();
        using var cancel = new CancellationTokenSource();
        await using ClientStreamingCall<ProbeRequest, ProbeResponse> call = host.Channel().ClientStreaming(ProbeMethods.Upload, cancel: cancel.Token);

        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call.CompleteAsync().WaitAsync(ProbeMethods.Limit));
    }

    [Fact]
    public async Task Disposing_after_the_first_response_cancels_the_service()
    {
        await using RpcTestHost host = await StartAsync();
        DuplexCall<ProbeRequest, ProbeResponse> call = host.Channel().Duplex(ProbeMethods.Talk);
        await call.WriteAsync(new ProbeRequest()).AsTask().WaitAsync(ProbeMethods.Limit);
        Assert.NotNull(await call.ReadAsync().AsTask().WaitAsync(ProbeMethods.Limit));

        await call.DisposeAsync();

        Assert.Equal("cancelled", await left.Task.WaitAsync(ProbeMethods.Limit));
        Assert.Equal(RpcStatusCode.Cancelled, call.Status!.Value.Code);
        await Assert.ThrowsAsync<RpcException>(() => call.ReadAsync().AsTask().WaitAsync(ProbeMethods.Limit));
        await Assert.ThrowsAsync<RpcException>(() => call.WriteAsync(new ProbeRequest()).AsTask().WaitAsync(ProbeMethods.Limit));
    }

    [Fact]
    public async Task Cancelling_a_read_cancels_the_call()
    {
        await using RpcTestHost host = await StartAsync();
        await using DuplexCall<ProbeRequest, ProbeResponse> call = host.Channel().Duplex(ProbeMethods.Talk);
        using var cancel = new CancellationTokenSource();
        Task<ProbeResponse?> read = call.ReadAsync(cancel.Token).AsTask();
        await entered.Task.WaitAsync(ProbeMethods.Limit);

        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => read.WaitAsync(ProbeMethods.Limit));
        Assert.Equal("cancelled", await left.Task.WaitAsync(ProbeMethods.Limit));
    }

    [Fact]
    public async Task A_lost_client_cancels_the_service()
    {
        await using RpcTestHost host = await StartAsync();
        var connection = new Connection();
        await using RpcChannel channel = host.Channel(new RpcChannelOptions { ConfigureHandler = handler => handler.ConnectCallback = connection.ConnectAsync });
        await using DuplexCall<ProbeRequest, ProbeResponse> call = channel.Duplex(ProbeMethods.Talk);
        await call.WriteAsync(new ProbeRequest()).AsTask().WaitAsync(ProbeMethods.Limit);
        Assert.NotNull(await call.ReadAsync().AsTask().WaitAsync(ProbeMethods.Limit));

        connection.Cut();

        Assert.Equal("cancelled", await left.Task.WaitAsync(ProbeMethods.Limit));
        RpcException end = await Assert.ThrowsAsync<RpcException>(() => call.ReadAsync().AsTask().WaitAsync(ProbeMethods.Limit));
        Assert.Equal(RpcFailures.ConnectionLost, end.Status);
    }

    [Fact]
    public async Task A_closed_channel_ends_its_calls()
    {
        await using RpcTestHost host = await StartAsync();
        var channel = new RpcChannel(host.Address);
        await using DuplexCall<ProbeRequest, ProbeResponse> talk = channel.Duplex(ProbeMethods.Talk);
        await talk.WriteAsync(new ProbeRequest()).AsTask().WaitAsync(ProbeMethods.Limit);
        Assert.NotNull(await talk.ReadAsync().AsTask().WaitAsync(ProbeMethods.Limit));
        Task<ProbeResponse> unary = channel.UnaryAsync(ProbeMethods.Unary, new ProbeRequest { Script = "wait" });
        await entered.Task.WaitAsync(ProbeMethods.Limit);

        await channel.DisposeAsync();

        Assert.Equal("cancelled", await left.Task.WaitAsync(ProbeMethods.Limit));
        Assert.Equal(RpcFailures.ChannelClosed, (await Assert.ThrowsAsync<RpcException>(() => talk.ReadAsync().AsTask().WaitAsync(ProbeMethods.Limit))).Status);
        Assert.Equal(RpcFailures.ChannelClosed, (await Assert.ThrowsAsync<RpcException>(() => unary.WaitAsync(ProbeMethods.Limit))).Status);
        Assert.Equal(RpcFailures.ChannelClosed, (await Assert.ThrowsAsync<RpcException>(() => channel.UnaryAsync(ProbeMethods.Unary, new ProbeRequest()).WaitAsync(ProbeMethods.Limit))).Status);
    }

    [Fact]
    public async Task A_stopped_server_is_unavailable()
    {
        await using RpcTestHost host = await StartAsync();
        await using DuplexCall<ProbeRequest, ProbeResponse> call = host.Channel().Duplex(ProbeMethods.Talk);
        await call.WriteAsync(new ProbeRequest()).AsTask().WaitAsync(ProbeMethods.Limit);
        Assert.NotNull(await call.ReadAsync().AsTask().WaitAsync(ProbeMethods.Limit));
        Task<ProbeResponse?> read = call.ReadAsync().AsTask();

        await host.StopAsync().WaitAsync(ProbeMethods.Limit);

        RpcException end = await Assert.ThrowsAsync<RpcException>(() => read.WaitAsync(ProbeMethods.Limit));
        Assert.Contains(end.Code, new[] { RpcStatusCode.Unavailable, RpcStatusCode.Cancelled, RpcStatusCode.Internal });
    }

    [Fact]
    public async Task The_deadline_ends_the_call_on_both_sides()
    {
        var time = new SteppedTime();
        await using RpcTestHost host = await StartAsync(new RpcServiceOptions { Time = time });
        RpcChannel channel = host.Channel(new RpcChannelOptions { Time = time });
        Task<ProbeResponse> call = channel.UnaryAsync(ProbeMethods.Unary, new ProbeRequest { Script = "wait" }, new RpcCallOptions { Timeout = TimeSpan.FromHours(1) });
        await entered.Task.WaitAsync(ProbeMethods.Limit);
        Assert.Equal([TimeSpan.FromHours(1), TimeSpan.FromHours(1)], time.Waits);

        time.Advance(TimeSpan.FromHours(1));

        RpcException end = await Assert.ThrowsAsync<RpcException>(() => call.WaitAsync(ProbeMethods.Limit));
        Assert.Equal(RpcStatusCode.DeadlineExceeded, end.Code);
        Assert.Equal("cancelled", await left.Task.WaitAsync(ProbeMethods.Limit));
    }

    [Fact]
    public async Task The_server_ends_a_call_at_its_deadline_though_the_client_waits_on()
    {
        var time = new SteppedTime();
        await using RpcTestHost host = await StartAsync(new RpcServiceOptions { Time = time });
        RpcChannel channel = host.Channel();
        await using DuplexCall<ProbeRequest, ProbeResponse> call = channel.Duplex(ProbeMethods.Talk, new RpcCallOptions { Timeout = TimeSpan.FromHours(1) });
        await call.WriteAsync(new ProbeRequest()).AsTask().WaitAsync(ProbeMethods.Limit);
        Assert.NotNull(await call.ReadAsync().AsTask().WaitAsync(ProbeMethods.Limit));

        time.Advance(TimeSpan.FromHours(1));

        RpcException end = await Assert.ThrowsAsync<RpcException>(() => call.ReadAsync().AsTask().WaitAsync(ProbeMethods.Limit));
        Assert.Equal(RpcFailures.DeadlineExceeded, end.Status);
    }

    [Fact]
    public async Task A_deadline_that_has_passed_sends_nothing()
    {
        await using RpcTestHost host = await StartAsync();

        RpcException end = await Assert.ThrowsAsync<RpcException>(() => host.Channel().UnaryAsync(
            ProbeMethods.Unary, new ProbeRequest { Script = "wait" }, new RpcCallOptions { Timeout = TimeSpan.Zero }).WaitAsync(ProbeMethods.Limit));

        Assert.Equal(RpcFailures.DeadlineExceeded, end.Status);
        Assert.False(entered.Task.IsCompleted);
    }

    [Fact]
    public async Task A_server_that_stops_ends_its_calls()
    {
        using var stopping = new CancellationTokenSource();
        await using RpcTestHost host = await StartAsync(new RpcServiceOptions { Stopping = stopping.Token });
        await using DuplexCall<ProbeRequest, ProbeResponse> call = host.Channel().Duplex(ProbeMethods.Talk);
        await call.WriteAsync(new ProbeRequest()).AsTask().WaitAsync(ProbeMethods.Limit);
        Assert.NotNull(await call.ReadAsync().AsTask().WaitAsync(ProbeMethods.Limit));

        await stopping.CancelAsync();

        RpcException end = await Assert.ThrowsAsync<RpcException>(() => call.ReadAsync().AsTask().WaitAsync(ProbeMethods.Limit));
        Assert.Equal(RpcFailures.ServerStopping, end.Status);
        Assert.Equal("cancelled", await left.Task.WaitAsync(ProbeMethods.Limit));
    }

    [Fact]
    public async Task A_silent_stream_is_ended()
    {
        var time = new SteppedTime();
        await using RpcTestHost host = await StartAsync(new RpcServiceOptions { Time = time, LongestSilence = TimeSpan.FromMinutes(1) });
        await using DuplexCall<ProbeRequest, ProbeResponse> call = host.Channel().Duplex(ProbeMethods.Talk);
        for (int i = 0; i < 3; i++)
        {
            await call.WriteAsync(new ProbeRequest()).AsTask().WaitAsync(ProbeMethods.Limit);
            Assert.NotNull(await call.ReadAsync().AsTask().WaitAsync(ProbeMethods.Limit));
            time.Advance(TimeSpan.FromSeconds(40)); // longer than the limit in all, never at once
        }

        Task<ProbeResponse?> read = call.ReadAsync().AsTask();
        time.Advance(TimeSpan.FromSeconds(61));

        RpcException end = await Assert.ThrowsAsync<RpcException>(() => read.WaitAsync(ProbeMethods.Limit));
        Assert.Equal(RpcFailures.StreamSilent, end.Status);
        Assert.Equal("cancelled", await left.Task.WaitAsync(ProbeMethods.Limit));
    }

    [Fact]
    public async Task An_upload_that_is_refused_tells_why()
    {
        await using RpcTestHost host = await RpcTestHost.StartAsync(routes => routes.MapRpcService(ProbeMethods.Service, new ProbeService
        {
            OnUpload = (_, _) => throw new RpcException(RpcStatusCode.PermissionDenied, "not from you"),
        }));
        await using ClientStreamingCall<ProbeRequest, ProbeResponse> call = host.Channel().ClientStreaming(ProbeMethods.Upload);
        var request = new ProbeRequest { Payload = Google.Protobuf.ByteString.CopyFrom(new byte[100_000]) };

        RpcException end = await Assert.ThrowsAsync<RpcException>(async () =>
        {
            // More than the windows hold: the write has to learn that nobody reads any more.
            for (int i = 0; i < 1000; i++)
                await call.WriteAsync(request).AsTask().WaitAsync(ProbeMethods.Limit);
        });

        Assert.Equal(new RpcStatus(RpcStatusCode.PermissionDenied, "not from you"), end.Status);
    }

    private Task<RpcTestHost> StartAsync(RpcServiceOptions? options = null)
    {
        var service = new ProbeService
        {
            OnTalk = async (requests, responses, call) =>
            {
                entered.TrySetResult();
                try
                {
                    while (await requests.ReadAsync(call.Cancel) is not null)
                        await responses.WriteAsync(new ProbeResponse(), call.Cancel);
                    left.TrySetResult("at its end");
                }
                catch (Exception end) when (end is OperationCanceledException or RpcException)
                {
                    left.TrySetResult("cancelled");
                    throw;
                }
            },
        };
        service.With("wait", async call =>
        {
            var cancelled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            await using CancellationTokenRegistration registration = call.Cancel.Register(cancelled.SetResult);
            entered.TrySetResult();
            await cancelled.Task;
            left.TrySetResult("cancelled");
            throw new OperationCanceledException(call.Cancel);
        });
        return RpcTestHost.StartAsync(routes => routes.MapRpcService(ProbeMethods.Service, service, options));
    }
}
