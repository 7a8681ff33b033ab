using Federated.Protocol.Rpc;

namespace Federated.ClientNode.Splitting;

/// <summary>One stream of a session; the host can end it.</summary>
internal sealed class SplitStream : IDisposable
{
    private readonly Lock gate = new();
    private readonly CancellationTokenSource ended = new();
    private RpcStatus? reason;

    /// <summary>Set when the host wants it to end.</summary>
    public CancellationToken Ended => ended.Token;

    /// <summary>Why; null when the host does not want it to end.</summary>
    public RpcStatus? Reason
    {
        get
        {
            lock (gate)
                return reason;
        }
    }

    /// <summary>Ends it. What follows from that happens on other threads: the caller may hold locks.</summary>
    public void End(RpcStatus why)
    {
        lock (gate)
            reason ??= why;
        try
        {
            _ = ended.CancelAsync();
        }
        catch (ObjectDisposedException)
        {
            // It has come to its end by itself meanwhile.
        }
    }

    /// <inheritdoc/>
    public void Dispose() => ended.Dispose();
}
