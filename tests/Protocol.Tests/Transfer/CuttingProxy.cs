using System.Net;
using System.Net.Sockets;

namespace Federated.Protocol.Tests.Transfer;

/// <summary>Passes TCP connections on to a server and resets each after so many bytes, counted over both directions, as a test says.</summary>
internal sealed class CuttingProxy : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource stop = new();
    private readonly IPEndPoint server;
    private readonly Func<long> bytesToCut;
    private readonly List<Task> connections = [];
    private readonly Task accepting;
    private int cuts;

    public CuttingProxy(IPEndPoint server, Func<long> bytesToCut)
    {
        this.server = server;
        this.bytesToCut = bytesToCut;
        listener.Start();
        accepting = AcceptAsync();
    }

    public Uri Address => new($"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}");

    public int Cuts => Volatile.Read(ref cuts);

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        listener.Dispose();
        await accepting.WaitAsync(Samples.Limit);
        await Task.WhenAll(connections).WaitAsync(Samples.Limit);
        stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
                connections.Add(PassAsync(await listener.AcceptSocketAsync(stop.Token), bytesToCut()));
        }
        catch (Exception end) when (end is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task PassAsync(Socket client, long bytes)
    {
        using Socket target = new(SocketType.Stream, ProtocolType.Tcp);
        using CancellationTokenSource cut = CancellationTokenSource.CreateLinkedTokenSource(stop.Token);
        using (client)
        {
            StrongBox left = new(bytes);
            try
            {
                await target.ConnectAsync(server, cut.Token);
                await Task.WhenAny(CopyAsync(client, target, left, cut), CopyAsync(target, client, left, cut));
                await cut.CancelAsync();
            }
            catch (Exception end) when (end is OperationCanceledException or SocketException)
            {
                // One of the two is gone.
            }

            // A reset, not an orderly end: what is under way is lost.
            client.LingerState = new LingerOption(enable: true, seconds: 0);
            target.LingerState = new LingerOption(enable: true, seconds: 0);
        }
    }

    private async Task CopyAsync(Socket from, Socket to, StrongBox left, CancellationTokenSource cut)
    {
        byte[] buffer = new byte[1 << 14];
        try
        {
            for (int read; (read = await from.ReceiveAsync(buffer, cut.Token)) > 0;)
            {
                long after = Interlocked.Add(ref left.Value, -read);
                int passed = (int)Math.Clamp(after + read, 0, read);
                for (int sent = 0; sent < passed;)
                    sent += await to.SendAsync(buffer.AsMemory(sent, passed - sent), cut.Token);
                if (after > 0)
                    continue;
                Interlocked.Increment(ref cuts);
                return;
            }
        }
        catch (Exception end) when (end is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The other direction was cut.
        }
    }

    private sealed class StrongBox(long value)
    {
        public long Value = value;
    }
}
