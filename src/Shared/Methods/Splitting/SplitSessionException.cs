namespace Federated.Methods.Splitting;

/// <summary>A split session cannot go on; the message says what was expected and what was found.</summary>
public sealed class SplitSessionException(string message, Exception? inner = null) : Exception(message, inner);
