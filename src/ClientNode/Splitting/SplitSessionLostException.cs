namespace Federated.ClientNode.Splitting;

/// <summary>A split session cannot be gone on with, because its host has ended or dropped it. The client's task is a function of what it received: it can be run again from its beginning.</summary>
public sealed class SplitSessionLostException(string message, Exception? inner = null) : Exception(message, inner);
