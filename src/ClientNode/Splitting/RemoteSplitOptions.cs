using Federated.Protocol.Rpc;

namespace Federated.ClientNode.Splitting;

/// <summary>How patient a client's part of a split model is with the host of its body. No result depends on it.</summary>
public sealed record RemoteSplitOptions
{
    /// <summary>Waits before a host is tried again.</summary>
    public RpcBackoff Backoff { get; init; } = new() { First = TimeSpan.FromMilliseconds(100), Longest = TimeSpan.FromSeconds(5), Factor = 2, Jitter = 0.3 };

    /// <summary>Tries in a row at a host that cannot be reached, until the session is lost: some ten seconds with the usual waits.</summary>
    public int MostTries { get; init; } = 8;

    /// <summary>The longest that a reply may take, with all tries and the wait for a workspace; then the session is lost.</summary>
    public TimeSpan ExchangeLimit { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>The longest that a host may take to hear that a session is over.</summary>
    public TimeSpan FarewellLimit { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Measures.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
