namespace Federated.Methods.Clients;

/// <summary>The bytes of a client's state cannot be read.</summary>
public sealed class ClientStateException(string message) : Exception(message);
