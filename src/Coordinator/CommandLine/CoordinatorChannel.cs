using Federated.Coordinator.Security;
using Federated.Protocol.Rpc;

namespace Federated.Coordinator.CommandLine;

/// <summary>Opens the channel that a command's options describe.</summary>
internal static class CoordinatorChannel
{
    // Who waits for a coordinator to come back is a person or a node: a few attempts a second cost nothing.
    private static readonly RpcBackoff Patient = new() { First = TimeSpan.FromMilliseconds(100), Longest = TimeSpan.FromSeconds(2) };

    /// <summary>A channel with the caller's certificate and token; nothing is sent yet.</summary>
    /// <param name="access">How to reach the coordinator.</param>
    /// <param name="backoff">Pauses between attempts to connect; null: the usual ones.</param>
    /// <exception cref="AccessException">A file cannot be used, or the address needs TLS.</exception>
    public static RpcChannel Open(CoordinatorAccess access, RpcBackoff? backoff = null)
    {
        CallerCredentials credentials = new(access.AuthorityFile, access.CertificateFile, access.KeyFile, access.TokenFile, access.AllowPlainText);
        return new RpcChannel(access.Address, credentials.Apply(access.Address, new RpcChannelOptions { Backoff = backoff ?? Patient }, TimeProvider.System));
    }
}
