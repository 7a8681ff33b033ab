using Federated.Protocol.V1;

namespace Federated.ClientNode.Splitting;

/// <summary>Names the client that a session is for: it has one session at a time.</summary>
/// <param name="Node">The node that it runs on.</param>
/// <param name="Instance">The node's process.</param>
/// <param name="Run">The run.</param>
/// <param name="List">The list that the client is of.</param>
/// <param name="Client">The client.</param>
public readonly record struct SplitKey(string Node, ulong Instance, string Run, ulong List, uint Client)
{
    /// <summary>The name in an opening.</summary>
    public static SplitKey Of(SplitOpening opening) => new(opening.Node, opening.Instance, opening.Run, opening.List, opening.Client);

    /// <inheritdoc/>
    public override string ToString() => $"client {Client} of list {List} of run {Run} on node {Node}";
}
