namespace Federated.Coordinator.Security;

/// <summary>A certificate, key, token or address that cannot be used. The message names file, cause and way out, and never holds a secret.</summary>
internal sealed class AccessException(AccessError error, string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>The kind of error.</summary>
    public AccessError Error { get; } = error;
}
