using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Federated.Methods.Tests.Data.Sources;

/// <summary>What the server does with one request.</summary>
/// <param name="Status">The status code.</param>
/// <param name="Body">The whole body.</param>
/// <param name="CutAfter">The connection ends after so many bytes of the body, although the length announced is the whole.</param>
/// <param name="ContentRange">The value of that header, for 206.</param>
internal sealed record Reply(int Status, byte[] Body, int? CutAfter = null, string? ContentRange = null)
{
    /// <summary>The file, or what a range asks of it, as any server would.</summary>
    public static Reply Serve(byte[] content, Request request) => request.From is { } from
        ? from < content.Length ? new Reply(206, content[(int)from..], null, $"bytes {from}-{content.Length - 1}/{content.Length}") : new Reply(416, [])
        : new Reply(200, content);
}

/// <summary>A request as far as the tests care.</summary>
internal sealed record Request(string Path, long? From);

/// <summary>A server for downloads on this machine, one connection at a time, with failures on demand.</summary>
internal sealed class TinyHttpServer : IDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly Func<Request, int, Reply> answer;

    /// <param name="answer">The reply to a request, given also how many came before it.</param>
    public TinyHttpServer(Func<Request, int, Reply> answer)
    {
        this.answer = answer;
        listener.Start();
        _ = Task.Run(ServeAsync); // ends when the listener is disposed
    }

    public List<Request> Requests { get; } = [];

    public Uri Address(string name) => new($"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}/{name}");

    public void Dispose() => listener.Dispose();

    private async Task ServeAsync()
    {
        while (true)
        {
            try
            {
                using TcpClient client = await listener.AcceptTcpClientAsync();
                await AnswerAsync(client.GetStream());
            }
            catch (IOException)
            {
                // The client went away in the middle, as some tests make it do.
            }
            catch (Exception problem) when (problem is ObjectDisposedException or SocketException)
            {
                return;
            }
        }
    }

    private async Task AnswerAsync(NetworkStream stream)
    {
        using StreamReader reader = new(stream, Encoding.ASCII, leaveOpen: true);
        string path = (await reader.ReadLineAsync() ?? "").Split(' ').ElementAtOrDefault(1) ?? "";
        long? from = null;
        while (await reader.ReadLineAsync() is { Length: > 0 } line)
        {
            if (line.StartsWith("Range: bytes=", StringComparison.OrdinalIgnoreCase))
                from = long.Parse(line["Range: bytes=".Length..].TrimEnd('-'));
        }

        Request request = new(path, from);
        Reply reply = answer(request, Requests.Count);
        Requests.Add(request);
        string range = reply.ContentRange is null ? "" : $"Content-Range: {reply.ContentRange}\r\n";
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 {reply.Status} Reason\r\nContent-Length: {reply.Body.Length}\r\n{range}Connection: close\r\n\r\n"));
        await stream.WriteAsync(reply.Body.AsMemory(0, reply.CutAfter ?? reply.Body.Length));
    }
}
