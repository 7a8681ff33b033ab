using System.Net;
using System.Net.Sockets;
using Federated.Protocol.Rpc;
using Federated.RpcKit;
using Federated.Rpc.Tests.V1;
using Xunit;

namespace Federated.Rpc.Tests;

/// <summary>Connections over which nothing comes any more though nobody closed them.</summary>
public sealed class KeepAliveTests
{
    // The shortest that the handler and Kestrel allow.
    private static readonly TimeSpan Delay = TimeSpan.FromSeconds(1);

    // Long enough that a busy machine answers the pings that are sent before the wire is frozen.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    [Fact]
    public async Task Both_sides_notice_a_dead_connection()
    {
        var left = new TaskCompletionSource<Exception>(TaskCreationOptions.RunContinuationsAsynchronously);
        var service = new ProbeService
        {
            OnTalk = async (requests, responses, call) =>
            {
                try
                {
                    while (await requests.ReadAsync(call.Cancel) is not null)
                        await responses.WriteAsync(new ProbeResponse(), call.Cancel);
                }
                catch (Exception end)
                {
                    left.TrySetResult(end);
                    throw;
                }
            },
        };
        await using RpcTestHost host = await RpcTestHost.StartAsync(routes => routes.MapRpcService(ProbeMethods.Service, service), limits: limits => limits.UseRpc(Delay, Patience));
        await using var wire = new Wire(host.Address);
        await using var channel = new RpcChannel(wire.Address, new RpcChannelOptions { KeepAliveDelay = Delay, KeepAliveTimeout = Patience });
        await using DuplexCall<ProbeRequest, ProbeResponse> call = channel.Duplex(ProbeMethods.Talk);
        await call.WriteAsync(new ProbeRequest()).AsTask().WaitAsync(ProbeMethods.Limit);
        Assert.NotNull(await call.ReadAsync().AsTask().WaitAsync(ProbeMethods.Limit));

        wire.Freeze();

        RpcException end = await Assert.ThrowsAsync<RpcException>(() => call.ReadAsync().AsTask().WaitAsync(ProbeMethods.Limit));
        Assert.Equal(RpcStatusCode.Unavailable, end.Code);
        Assert.IsAssignableFrom<OperationCanceledException>(await left.Task.WaitAsync(ProbeMethods.Limit));
    }

    /// <summary>Passes bytes on between a client and a server until it is frozen; then it swallows them and closes nothing.</summary>
    private sealed class Wire : IAsyncDisposable
    {
        private readonly TcpListener listener = new(IPAddress.Loopback, 0);
        private readonly CancellationTokenSource stop = new();
        private readonly Task running;
        private volatile bool isFrozen;

        public Wire(Uri server)
        {
            listener.Start();
            Address = new Uri($"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}");
            running = RunAsync(server);
        }

        public Uri Address { get; }

        public void Freeze() => isFrozen = true;

        public async ValueTask DisposeAsync()
        {
            await stop.CancelAsync();
            listener.Dispose();
            await running.WaitAsync(ProbeMethods.Limit);
            stop.Dispose();
        }

        private async Task RunAsync(Uri server)
        {
            try
            {
                using TcpClient client = await listener.AcceptTcpClientAsync(stop.Token);
                using var upstream = new TcpClient();
                await upstream.ConnectAsync(server.Host, server.Port, stop.Token);
                await Task.WhenAll(PumpAsync(client.GetStream(), upstream.GetStream()), PumpAsync(upstream.GetStream(), client.GetStream()));
            }
            catch (OperationCanceledException)
            {
                // the test is over
            }
        }

        private async Task PumpAsync(NetworkStream from, NetworkStream to)
        {
            var buffer = new byte[4096];
            try
            {
                while (true)
                {
                    int count = await from.ReadAsync(buffer, stop.Token);
                    if (count == 0)
                        return;
                    if (!isFrozen)
                        await to.WriteAsync(buffer.AsMemory(0, count), stop.Token);
                }
            }
            catch (IOException)
            {
                // one side has given up
            }
        }
    }
}
