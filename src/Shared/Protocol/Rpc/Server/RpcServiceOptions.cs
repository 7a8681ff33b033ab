namespace Federated.Protocol.Rpc;

/// <summary>How a service is served.</summary>
public sealed record RpcServiceOptions
{
    /// <summary>The largest request message, in bytes, also after inflating; 4 MiB.</summary>
    public int LargestRequest { get; init; } = MessageFrame.DefaultLargest;

    /// <summary>The largest response message, in bytes; no limit of the sender's own.</summary>
    public int LargestResponse { get; init; } = Array.MaxLength - MessageFrame.PrefixBytes;

    /// <summary>Whether responses are compressed for clients that accept it. A service can turn it off for single messages (<see cref="ServerCall.Compress"/>).</summary>
    public RpcCompression Compression { get; init; }

    /// <summary>
    /// The longest that the one request of a unary or server-streaming call may take to arrive; 30 s. It stands in for Kestrel's lowest rate of request bodies, which ends the whole connection with all
    /// its streams.
    /// </summary>
    public TimeSpan LongestRequest { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// The longest that a stream of requests may take from one whole message to the next while the service waits for it; then the call ends with <see cref="RpcFailures.StreamSilent"/>.
    /// It is what bounds endless and trickling streams: a rate of bytes cannot, because a stream may have nothing to say. Null waits for ever.
    /// </summary>
    public TimeSpan? LongestSilence { get; init; }

    /// <summary>The longest that sending one response message may wait for a reader that takes nothing; then the stream is reset. Null waits for ever.</summary>
    public TimeSpan? LongestWrite { get; init; }

    /// <summary>Calls under way end with <see cref="RpcFailures.ServerStopping"/> when this is cancelled, such as <c>IHostApplicationLifetime.ApplicationStopping</c>: streams would hold up the server's end.</summary>
    public CancellationToken Stopping { get; init; }

    /// <summary>Clock of the deadlines.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
