using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace Federated.Coordinator.Security;

/// <summary>
/// How the coordinator speaks TLS, 1.2 or 1.3: its certificate, and the authorities that callers' certificates must come from. A caller without certificate gets a connection, and from
/// <see cref="Authenticator"/> the answer that one is needed; one with a certificate from elsewhere gets none. Revocation is not checked: an authority of one's own has nobody to ask.
/// </summary>
internal sealed class ServerTls
{
    private readonly X509Certificate2Collection own;
    private readonly X509Certificate2Collection? authorities;
    private readonly TimeProvider time;

    private ServerTls(X509Certificate2Collection own, X509Certificate2Collection? authorities, TimeProvider time)
    {
        this.own = own;
        this.authorities = authorities;
        this.time = time;
    }

    /// <summary>Loads certificates and key.</summary>
    /// <param name="certificateFile">The coordinator's certificate, intermediate ones behind it.</param>
    /// <param name="keyFile">Its private key.</param>
    /// <param name="clientAuthorityFile">The authorities of callers' certificates; null: callers have none.</param>
    /// <param name="time">Tells whether certificates are valid.</param>
    /// <exception cref="AccessException">They cannot be used.</exception>
    public static ServerTls Load(string certificateFile, string keyFile, string? clientAuthorityFile, TimeProvider time) => new(
        CertificateFiles.LoadOwn(certificateFile, keyFile, CertificateFiles.ServerUsage, time),
        clientAuthorityFile is null ? null : CertificateFiles.LoadAuthorities(clientAuthorityFile, time),
        time);

    /// <summary>Has an endpoint speak TLS.</summary>
    public void Apply(ListenOptions endpoint) => endpoint.UseHttps(new HttpsConnectionAdapterOptions
    {
        ServerCertificate = own[0],
        ServerCertificateChain = own,
        SslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
        CheckCertificateRevocation = false,
        ClientCertificateMode = authorities is null ? ClientCertificateMode.NoCertificate : ClientCertificateMode.AllowCertificate,
        ClientCertificateValidation = (certificate, given, _) => IsTrusted(certificate, given),
        HandshakeTimeout = TimeSpan.FromSeconds(10),
    });

    /// <summary>Whether a caller's certificate is valid now, for clients, and descends from one of the authorities.</summary>
    internal bool IsTrusted(X509Certificate2 certificate, X509Chain? given)
    {
        if (authorities is null)
            return false;
        using X509Chain chain = new();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(authorities);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.ApplicationPolicy.Add(new Oid(CertificateFiles.ClientUsage));
        chain.ChainPolicy.VerificationTimeIgnored = false;
        chain.ChainPolicy.VerificationTime = time.GetUtcNow().UtcDateTime;
        if (given is not null)
            chain.ChainPolicy.ExtraStore.AddRange(given.ChainPolicy.ExtraStore);
        return chain.Build(certificate);
    }
}
