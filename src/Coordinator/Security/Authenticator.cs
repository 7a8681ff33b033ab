using System.Security.Cryptography.X509Certificates;
using Federated.Protocol.Rpc;

namespace Federated.Coordinator.Security;

/// <summary>Finds out who calls, and whether they may: by the certificate of their connection, by the token of their call, or by both where both are asked for.</summary>
internal sealed class Authenticator
{
    private const string Scheme = "Bearer ";

    private readonly bool needsCertificate;
    private readonly TokenTable? tokens;

    private Authenticator(bool needsCertificate, TokenTable? tokens)
    {
        this.needsCertificate = needsCertificate;
        this.tokens = tokens;
    }

    /// <summary>Lets everybody do everything: for loopback without certificates and tokens.</summary>
    public static Authenticator Open { get; } = new(needsCertificate: false, tokens: null);

    /// <summary>Asks for what is given.</summary>
    /// <param name="needsCertificate">Everybody needs a certificate, which the connection has verified.</param>
    /// <param name="tokens">Everybody needs one of these tokens; null: no token.</param>
    public static Authenticator Of(bool needsCertificate, TokenTable? tokens) => needsCertificate || tokens is not null ? new(needsCertificate, tokens) : Open;

    /// <summary>Who calls.</summary>
    /// <exception cref="RpcException"><c>UNAUTHENTICATED</c>: they have not said who they are. <c>PERMISSION_DENIED</c>: they may not do this.</exception>
    public Identity Require(ServerCall call, Role role) => Require(needsCertificate ? call.Peer.Certificate : null, tokens is null ? null : TokenOf(call), role);

    /// <summary>Who has these.</summary>
    internal Identity Require(X509Certificate2? certificate, string? token, Role role)
    {
        if (!needsCertificate && tokens is null)
            return Identity.Anyone;
        Identity? identity = null;
        if (needsCertificate)
        {
            if (certificate is null)
                throw Unknown("a certificate is needed, and the caller has none");
            identity = CertificateIdentity.Read(certificate)
                ?? throw Unknown("the caller's certificate says not who it is for: its subject needs one common name, the name, and one organizational unit, 'node' or 'user'");
        }

        if (tokens is not null)
        {
            if (token is null)
                throw Unknown("a token is needed, and the call has none");
            Identity bearer = tokens.Find(token) ?? throw Unknown("the call's token is unknown");
            if (identity is not null && (identity.Role != bearer.Role || !identity.IsNamed(bearer.Name!)))
                throw Unknown("the caller's certificate and the call's token are of different people");
            identity = bearer;
        }

        return identity!.Role == role
            ? identity
            : throw new RpcException(new RpcStatus(RpcStatusCode.PermissionDenied, $"'{identity.Name}' is a {Roles.NameOf(identity.Role!.Value)}, and this is for a {Roles.NameOf(role)}"));
    }

    private static string? TokenOf(ServerCall call)
    {
        // The first one only: what an intermediary adds behind it is not the caller's.
        string? header = call.HttpContext.Request.Headers.Authorization.FirstOrDefault();
        return header is not null && header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) ? header[Scheme.Length..].Trim() : null;
    }

    private static RpcException Unknown(string message) => new(new RpcStatus(RpcStatusCode.Unauthenticated, message));
}
