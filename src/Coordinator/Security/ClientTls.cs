using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Federated.Coordinator.Security;

/// <summary>How a node or a user speaks TLS with a coordinator.</summary>
internal static class ClientTls
{
    /// <summary>Loads certificates and key.</summary>
    /// <param name="authorityFile">The authorities that the coordinator's certificate must come from; null: those of the system.</param>
    /// <param name="certificateFile">The certificate that says who calls; null: none.</param>
    /// <param name="keyFile">Its private key.</param>
    /// <param name="time">Tells whether certificates are valid.</param>
    /// <exception cref="AccessException">They cannot be used.</exception>
    public static SslClientAuthenticationOptions Load(string? authorityFile, string? certificateFile, string? keyFile, TimeProvider time)
    {
        SslClientAuthenticationOptions options = new() { EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13, CertificateRevocationCheckMode = X509RevocationMode.NoCheck };
        if (authorityFile is not null)
        {
            X509ChainPolicy policy = new()
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                RevocationMode = X509RevocationMode.NoCheck,
                DisableCertificateDownloads = true,
                ApplicationPolicy = { new Oid(CertificateFiles.ServerUsage) },
            };
            policy.CustomTrustStore.AddRange(CertificateFiles.LoadAuthorities(authorityFile, time));
            options.CertificateChainPolicy = policy;
        }

        if (certificateFile is not null)
        {
            X509Certificate2Collection own = CertificateFiles.LoadOwn(
                certificateFile, keyFile ?? throw new ArgumentNullException(nameof(keyFile)), CertificateFiles.ClientUsage, time);
            X509Certificate2 certificate = own[0];
            own.RemoveAt(0);
            options.ClientCertificateContext = SslStreamCertificateContext.Create(certificate, own, offline: true);
        }

        return options;
    }

    /// <summary>The name in a certificate; null where there is none, or one that stands for many.</summary>
    /// <exception cref="AccessException">The file cannot be read.</exception>
    public static string? NameIn(string certificateFile)
    {
        string? name = CertificateIdentity.Read(CertificateFiles.LoadCertificates(certificateFile)[0])?.Name;
        return name?[0] == '*' ? null : name;
    }
}
