namespace Federated.Coordinator.Security;

/// <summary>How a coordinator is protected: what it shows and whom it lets in.</summary>
/// <param name="Tls">How it speaks TLS; null: not at all.</param>
/// <param name="Authenticator">Who may call.</param>
internal sealed record ServerProtection(ServerTls? Tls, Authenticator Authenticator)
{
    /// <summary>Loads what is named and sees to it that the coordinator may listen so.</summary>
    /// <param name="listen">Where it listens.</param>
    /// <param name="certificateFile">Its certificate; needed where it listens at https.</param>
    /// <param name="keyFile">The certificate's private key.</param>
    /// <param name="clientAuthorityFile">The authorities of callers' certificates; null: callers need none.</param>
    /// <param name="tokensFile">The callers' tokens; null: callers need none.</param>
    /// <param name="isInsecureAllowed">The user allows what is unprotected.</param>
    /// <param name="time">Tells whether certificates are valid.</param>
    /// <exception cref="AccessException">A file cannot be used, or the coordinator may not listen so.</exception>
    public static ServerProtection Load(
        Uri listen, string? certificateFile, string? keyFile, string? clientAuthorityFile, string? tokensFile, bool isInsecureAllowed, TimeProvider time)
    {
        EndpointPolicy.CheckListen(listen, knowsCallers: clientAuthorityFile is not null || tokensFile is not null, isInsecureAllowed);
        ServerTls? tls = null;
        if (string.Equals(listen.Scheme, Uri.UriSchemeHttps, StringComparison.OrdinalIgnoreCase))
        {
            if (certificateFile is null || keyFile is null)
                throw new AccessException(AccessError.Missing, $"{listen.GetLeftPart(UriPartial.Authority)} needs a certificate and its key: --tls-cert and --tls-key; `federated certs` makes them");
            tls = ServerTls.Load(certificateFile, keyFile, clientAuthorityFile, time);
        }

        return new ServerProtection(tls, Authenticator.Of(tls is not null && clientAuthorityFile is not null, tokensFile is null ? null : TokenTable.Load(tokensFile)));
    }
}
