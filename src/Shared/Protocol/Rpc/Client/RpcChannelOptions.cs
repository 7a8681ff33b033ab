using System.Net.Security;

namespace Federated.Protocol.Rpc;

/// <summary>How a channel connects and what it takes.</summary>
public sealed record RpcChannelOptions
{
    /// <summary>The largest response message, in bytes, also after inflating; 4 MiB.</summary>
    public int LargestResponse { get; init; } = MessageFrame.DefaultLargest;

    /// <summary>The largest request message, in bytes; no limit of the sender's own.</summary>
    public int LargestRequest { get; init; } = Array.MaxLength - MessageFrame.PrefixBytes;

    /// <summary>TLS: client certificates, which server certificates are trusted. Null uses the system's trust. Without effect on addresses with <c>http:</c>.</summary>
    public SslClientAuthenticationOptions? Tls { get; init; }

    /// <summary>Sent with every call, such as an authorization.</summary>
    public RpcMetadata? Metadata { get; init; }

    /// <summary>A ping is sent when a connection with calls on it has been quiet for so long; null sends none.</summary>
    public TimeSpan? KeepAliveDelay { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>A connection that does not answer a ping for so long is lost.</summary>
    public TimeSpan KeepAliveTimeout { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>A connection that is not there after so long has failed.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>
    /// Bytes of responses that a server may send on a stream ahead of the reader, at first; the handler raises it to 16 MiB where a connection is long and the reader fast. 1 MiB: one chunk of a payload.
    /// </summary>
    public int StreamWindow { get; init; } = 1 << 20;

    /// <summary>How long to wait between attempts to connect.</summary>
    public RpcBackoff Backoff { get; init; } = new();

    /// <summary>Clock of deadlines and backoff.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Last word on the handler below the channel, for what has no option here.</summary>
    public Action<SocketsHttpHandler>? ConfigureHandler { get; init; }
}
