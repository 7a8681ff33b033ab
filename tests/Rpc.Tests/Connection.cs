using System.Net.Sockets;

namespace Federated.Rpc.Tests;

/// <summary>A channel's connection, which a test can cut as a pulled cable would.</summary>
internal sealed class Connection
{
    private readonly List<Socket> sockets = [];

    /// <summary>Connections made so far.</summary>
    public int Count
    {
        get
        {
            lock (sockets)
                return sockets.Count;
        }
    }

    public async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancel)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(context.DnsEndPoint, cancel);
        lock (sockets)
            sockets.Add(socket);
        return new NetworkStream(socket, ownsSocket: true);
    }

    public void Cut()
    {
        lock (sockets)
        {
            foreach (Socket socket in sockets)
                socket.Close(timeout: 0);
        }
    }
}
