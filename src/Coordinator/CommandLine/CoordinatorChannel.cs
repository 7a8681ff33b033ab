using Federated.ClientNode.Splitting;
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
    public static RpcChannel Open(CoordinatorAccess access, RpcBackoff? backoff = null) => OpenTo(access.Address, access, new RpcChannelOptions { Backoff = backoff ?? Patient });

    /// <summary>A channel to who runs bodies, with the certificate and token that the coordinator is shown; nothing is sent yet.</summary>
    /// <param name="host">The coordinator, or a node that it named.</param>
    /// <param name="access">How to reach the coordinator.</param>
    /// <param name="backoff">Pauses between attempts to connect.</param>
    /// <exception cref="AccessException">A file cannot be used, or the address needs TLS.</exception>
    public static RpcChannel OpenToBodies(Uri host, CoordinatorAccess access, RpcBackoff backoff) =>
        OpenTo(host, access, new RpcChannelOptions { Backoff = backoff, LargestResponse = SplitHostOptions.LargestMessage });

    private static RpcChannel OpenTo(Uri address, CoordinatorAccess access, RpcChannelOptions options)
    {
        CallerCredentials credentials = new(access.AuthorityFile, access.CertificateFile, access.KeyFile, access.TokenFile, access.AllowPlainText);
        return new RpcChannel(address, credentials.Apply(address, options, TimeProvider.System));
    }
}
