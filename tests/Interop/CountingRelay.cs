using System.Net;
using System.Net.Sockets;

namespace Federated.Interop;

/// <summary>Passes connections on to a server of this machine and counts the bytes: what shows whether messages crossed compressed, whatever either side says.</summary>
internal sealed class CountingRelay : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource end = new();
    private readonly int server;
    private readonly Task accepting;
    private long up;
    private long down;

    /// <summary>Begins to take connections.</summary>
    /// <param name="server">The server's port.</param>
    public CountingRelay(int server)
    {
        this.server = server;
        listener.Start();
        accepting = AcceptAsync();
    }

    /// <summary>The port that clients connect to.</summary>
    public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

    /// <summary>Bytes that clients have sent.</summary>
    public long Up => Interlocked.Read(ref up);

    /// <summary>Bytes that the server has sent.</summary>
    public long Down => Interlocked.Read(ref down);

    public async ValueTask DisposeAsync()
    {
        await end.CancelAsync();
        listener.Stop();
        await accepting.WaitAsync(TimeSpan.FromSeconds(30));
        end.Dispose();
    }

    private async Task AcceptAsync()
    {
        List<Task> relaying = [];
        try
        {
            while (true)
                relaying.Add(RelayAsync(await listener.AcceptSocketAsync(end.Token)));
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(relaying);
        }
    }

    private async Task RelayAsync(Socket client)
    {
        using Socket near = client;
        using var far = new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await far.ConnectAsync(new IPEndPoint(IPAddress.Loopback, server), end.Token);
            await Task.WhenAll(
                CopyAsync(near, far, count => Interlocked.Add(ref up, count)),
                CopyAsync(far, near, count => Interlocked.Add(ref down, count)));
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException)
        {
            // A connection that one side has dropped is over for the other one too.
        }
    }

    private async Task CopyAsync(Socket from, Socket to, Action<int> count)
    {
        byte[] buffer = new byte[1 << 16];
        while (await from.ReceiveAsync(buffer, end.Token) is > 0 and int received)
        {
            count(received);
            for (int sent = 0; sent < received;)
                sent += await to.SendAsync(buffer.AsMemory(sent, received - sent), end.Token);
        }

        to.Shutdown(SocketShutdown.Send);
    }
}
