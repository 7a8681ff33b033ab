namespace Federated.Protocol.Rpc;

/// <summary>How one call is made.</summary>
public sealed record RpcCallOptions
{
    /// <summary>Options of a call without any.</summary>
    public static RpcCallOptions Default { get; } = new();

    /// <summary>The moment at which the call ends with <see cref="RpcStatusCode.DeadlineExceeded"/>; the server learns of it. Null waits for ever.</summary>
    public DateTimeOffset? Deadline { get; init; }

    /// <summary>The same as a span from the call's beginning on; the earlier of the two counts.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>Sent with the call, behind the channel's own.</summary>
    public RpcMetadata? Metadata { get; init; }

    /// <summary>Compression of the requests.</summary>
    public RpcCompression Compression { get; init; }

    /// <summary>Whether the call waits for a server that cannot be reached (until its deadline) instead of failing with <see cref="RpcStatusCode.Unavailable"/>.</summary>
    public bool WaitForReady { get; init; }
}
