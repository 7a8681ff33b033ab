using Federated.Protocol.V1;

namespace Federated.ClientNode.Splitting;

/// <summary>For which list, on which node, split sessions are opened.</summary>
/// <param name="Node">The node.</param>
/// <param name="Instance">Its process.</param>
/// <param name="Run">The run.</param>
/// <param name="List">The list.</param>
/// <param name="ServerForm">The server's form of the task.</param>
public sealed record SplitListIdentity(string Node, ulong Instance, string Run, ulong List, PayloadForm ServerForm);
