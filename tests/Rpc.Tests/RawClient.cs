using System.Buffers.Binary;
using System.Net;
using System.Net.Http.Headers;

namespace Federated.Rpc.Tests;

/// <summary>Posts bytes as they are, as a client that does not keep to the protocol would.</summary>
internal sealed class RawClient(Uri address) : IDisposable
{
    private readonly HttpMessageInvoker invoker = new(new SocketsHttpHandler { AutomaticDecompression = DecompressionMethods.None });

    public static byte[] Frame(byte flag, uint length, params byte[] content)
    {
        var frame = new byte[5 + content.Length];
        frame[0] = flag;
        BinaryPrimitives.WriteUInt32BigEndian(frame.AsSpan(1), length);
        content.CopyTo(frame, 5);
        return frame;
    }

    public static byte[] Frame(byte flag, byte[] content) => Frame(flag, (uint)content.Length, content);

    public Task<RawAnswer> PostAsync(string path, byte[] body, string? contentType = "application/grpc", Version? version = null, params (string Name, string Value)[] headers)
        => PostAsync(path, new ByteArrayContent(body), contentType, version, headers);

    public async Task<RawAnswer> PostAsync(string path, HttpContent content, string? contentType = "application/grpc", Version? version = null, params (string Name, string Value)[] headers)
    {
        content.Headers.ContentType = contentType is null ? null : new MediaTypeHeaderValue(contentType);
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(address, path))
        {
            Version = version ?? HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = content,
        };
        request.Headers.TryAddWithoutValidation("TE", "trailers");
        foreach ((string name, string value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        using HttpResponseMessage response = await invoker.SendAsync(request, CancellationToken.None).WaitAsync(ProbeMethods.Limit);
        byte[] bytes = await response.Content.ReadAsByteArrayAsync().WaitAsync(ProbeMethods.Limit);
        return new RawAnswer((int)response.StatusCode, Join(response.Headers), Join(response.TrailingHeaders), bytes);
    }

    public void Dispose() => invoker.Dispose();

    private static Dictionary<string, string> Join(HttpHeaders headers) => headers.ToDictionary(header => header.Key, header => string.Join(",", header.Value), StringComparer.OrdinalIgnoreCase);
}

/// <summary>What came back.</summary>
internal sealed record RawAnswer(int Http, IReadOnlyDictionary<string, string> Headers, IReadOnlyDictionary<string, string> Trailers, byte[] Body)
{
    /// <summary>grpc-status, wherever it stands.</summary>
    public string? Status => Trailers.GetValueOrDefault("grpc-status") ?? Headers.GetValueOrDefault("grpc-status");

    public string? Message => Trailers.GetValueOrDefault("grpc-message") ?? Headers.GetValueOrDefault("grpc-message");
}
