using System.Net;

namespace Federated.Coordinator.Security;

/// <summary>What may be unprotected: only what stays on this machine, unless the user asks for more.</summary>
internal static class EndpointPolicy
{
    /// <summary>Whether an address is of this machine only.</summary>
    public static bool IsLoopback(Uri address) =>
        string.Equals(address.IdnHost, "localhost", StringComparison.OrdinalIgnoreCase) || (IPAddress.TryParse(address.IdnHost, out IPAddress? ip) && IPAddress.IsLoopback(ip));

    /// <summary>Whether a coordinator may listen so.</summary>
    /// <param name="listen">Where it listens.</param>
    /// <param name="knowsCallers">Whether it asks for certificates or tokens.</param>
    /// <param name="isInsecureAllowed">The user asked for it.</param>
    /// <exception cref="AccessException"><see cref="AccessError.Unprotected"/>.</exception>
    public static void CheckListen(Uri listen, bool knowsCallers, bool isInsecureAllowed)
    {
        if (isInsecureAllowed || IsLoopback(listen))
            return;
        if (!IsEncrypted(listen))
        {
            throw new AccessException(
                AccessError.Unprotected,
                $"{Of(listen)} can be reached from other machines without encryption; listen at https://… with --tls-cert, --tls-key and --client-ca (`federated certs` makes them), at 127.0.0.1, or allow it with --insecure");
        }

        if (!knowsCallers)
        {
            throw new AccessException(
                AccessError.Unprotected,
                $"{Of(listen)} would let everybody on the network train and submit; say who may call with --client-ca or --tokens, or allow it with --insecure");
        }
    }

    /// <summary>Whether a node or user may speak so to a coordinator.</summary>
    /// <param name="coordinator">The coordinator's address.</param>
    /// <param name="isInsecureAllowed">The user asked for it.</param>
    /// <exception cref="AccessException"><see cref="AccessError.Unprotected"/>.</exception>
    public static void CheckCoordinator(Uri coordinator, bool isInsecureAllowed)
    {
        if (!isInsecureAllowed && !IsLoopback(coordinator) && !IsEncrypted(coordinator))
        {
            throw new AccessException(
                AccessError.Unprotected, $"{Of(coordinator)} is another machine and not encrypted: what crosses, tokens too, could be read and changed on the way; use https://…, or allow it with --insecure");
        }
    }

    private static bool IsEncrypted(Uri address) => string.Equals(address.Scheme, Uri.UriSchemeHttps, StringComparison.OrdinalIgnoreCase);

    private static string Of(Uri address) => address.GetLeftPart(UriPartial.Authority);
}
