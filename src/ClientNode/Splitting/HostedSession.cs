using Federated.Methods.Splitting;
using Google.Protobuf;

namespace Federated.ClientNode.Splitting;

/// <summary>A session as its node sees it: how far it is, and what is kept for a node that loses its stream. Changed under the table's lock.</summary>
/// <param name="key">The client that it is for.</param>
/// <param name="attempt">How often the node has begun this client.</param>
/// <param name="seat">Its place among the workspaces.</param>
internal sealed class HostedSession(SplitKey key, uint attempt, BodySeat seat)
{
    /// <summary>The client that it is for.</summary>
    public SplitKey Key => key;

    /// <summary>How often the node has begun this client.</summary>
    public uint Attempt => attempt;

    /// <summary>Its place among the workspaces.</summary>
    public BodySeat Seat => seat;

    /// <summary>The stream that serves it; null while the node is away.</summary>
    public SplitStream? Stream { get; set; }

    /// <summary>Number of the message that has not come yet.</summary>
    public int Next { get; set; }

    /// <summary>What the last message asked for.</summary>
    public SplitLeg? LastLeg { get; set; }

    /// <summary>The reply to the last message: under way, or kept until the next message says that it has arrived.</summary>
    public Task<ByteString>? Reply { get; set; }

    /// <summary>Drops the session when it goes off.</summary>
    public ITimer? Alarm { get; set; }

    /// <summary>Whether the host has dropped it.</summary>
    public bool IsOver { get; set; }

    /// <summary>Bytes of the message under way, or of the forward pass that waits for its backward pass.</summary>
    public long MessageBytes { get; set; }

    /// <summary>Bytes of the kept reply.</summary>
    public long ReplyBytes { get; set; }
}
