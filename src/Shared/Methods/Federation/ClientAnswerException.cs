namespace Federated.Methods.Federation;

/// <summary>A client's answer cannot be used; the message names the client, the task and the cause.</summary>
public sealed class ClientAnswerException(string message, Exception? inner = null) : Exception(message, inner);
