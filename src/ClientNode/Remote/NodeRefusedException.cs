namespace Federated.ClientNode.Remote;

/// <summary>The coordinator does not want this node and never will as it is; the message says why and the way out.</summary>
public sealed class NodeRefusedException(string message, Exception? inner = null) : Exception(message, inner);
