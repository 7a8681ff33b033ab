using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Federated.Coordinator.Security;

/// <summary>Loads certificates and keys from PEM files and says what is wrong with them before a connection would.</summary>
internal static class CertificateFiles
{
    /// <summary>Extended key usage of servers, RFC 5280, section 4.2.1.12.</summary>
    public const string ServerUsage = "1.3.6.1.5.5.7.3.1";

    /// <summary>Extended key usage of clients.</summary>
    public const string ClientUsage = "1.3.6.1.5.5.7.3.2";

    /// <summary>A certificate with its private key, and the intermediate certificates behind it.</summary>
    /// <param name="certificateFile">PEM: the certificate first.</param>
    /// <param name="keyFile">PEM: its private key, without password.</param>
    /// <param name="usage"><see cref="ServerUsage"/> or <see cref="ClientUsage"/>.</param>
    /// <param name="time">Tells whether it is valid now.</param>
    /// <exception cref="AccessException">They cannot be used.</exception>
    public static X509Certificate2Collection LoadOwn(string certificateFile, string keyFile, string usage, TimeProvider time)
    {
        X509Certificate2Collection chain = LoadCertificates(certificateFile);
        CheckTime(chain[0], certificateFile, time);
        CheckUsage(chain[0], certificateFile, usage);
        chain[0] = Join(chain[0], certificateFile, keyFile);
        return chain;
    }

    /// <summary>The certificates of the authorities that others' certificates must come from.</summary>
    /// <exception cref="AccessException">They cannot be used.</exception>
    public static X509Certificate2Collection LoadAuthorities(string file, TimeProvider time)
    {
        X509Certificate2Collection authorities = LoadCertificates(file);
        foreach (X509Certificate2 authority in authorities)
        {
            CheckTime(authority, file, time);
            if (authority.Extensions.OfType<X509BasicConstraintsExtension>().FirstOrDefault() is not { CertificateAuthority: true })
                throw new AccessException(AccessError.WrongUsage, $"{file}: '{authority.Subject}' is not the certificate of an authority; give the one that signed the others, such as ca.crt");
        }

        return authorities;
    }

    /// <summary>All certificates in a file, of which there is at least one.</summary>
    public static X509Certificate2Collection LoadCertificates(string file)
    {
        X509Certificate2Collection certificates = [];
        try
        {
            certificates.ImportFromPem(SecretFile.ReadPublic(file));
        }
        catch (CryptographicException failure)
        {
            throw new AccessException(AccessError.NotPem, $"{file}: a certificate in it is damaged", failure);
        }

        return certificates.Count > 0 ? certificates : throw new AccessException(AccessError.NotPem, $"{file}: holds no certificate; a PEM file with -----BEGIN CERTIFICATE----- is needed");
    }

    /// <summary>Puts a certificate and its private key together.</summary>
    public static X509Certificate2 Join(X509Certificate2 certificate, string certificateFile, string keyFile)
    {
        string key = SecretFile.Read(keyFile);
        if (key.Contains("ENCRYPTED PRIVATE KEY", StringComparison.Ordinal))
            throw new AccessException(AccessError.NotPem, $"{keyFile}: the key has a password; give one without (openssl pkey), in a file that only you can read");
        if (!key.Contains("PRIVATE KEY-----", StringComparison.Ordinal))
            throw new AccessException(AccessError.NotPem, $"{keyFile}: holds no private key; a PEM file with -----BEGIN PRIVATE KEY----- is needed");
        X509Certificate2 joined;
        try
        {
            joined = X509Certificate2.CreateFromPem(certificate.ExportCertificatePem(), key);
        }
        catch (Exception failure) when (failure is CryptographicException or ArgumentException)
        {
            // What the exception says could hold parts of the key: it stays inside.
            AccessError error = IsKey(key) ? AccessError.KeyMismatch : AccessError.NotPem;
            throw new AccessException(error, error == AccessError.KeyMismatch ? $"{keyFile}: is not the key of the certificate in {certificateFile}" : $"{keyFile}: the private key in it is damaged");
        }

        if (!OperatingSystem.IsWindows())
            return joined;
        // Windows' TLS does not take keys that exist in memory only.
        using (joined)
            return X509CertificateLoader.LoadPkcs12(joined.Export(X509ContentType.Pkcs12), password: null);
    }

    private static bool IsKey(string pem)
    {
        foreach (Func<AsymmetricAlgorithm> create in (Func<AsymmetricAlgorithm>[])[ECDsa.Create, RSA.Create])
        {
            using AsymmetricAlgorithm algorithm = create();
            try
            {
                algorithm.ImportFromPem(pem);
                return true;
            }
            catch (Exception failure) when (failure is CryptographicException or ArgumentException)
            {
                // Not of this kind.
            }
        }

        return false;
    }

    private static void CheckTime(X509Certificate2 certificate, string file, TimeProvider time)
    {
        DateTime now = time.GetUtcNow().UtcDateTime;
        if (now > certificate.NotAfter.ToUniversalTime())
            throw new AccessException(AccessError.Expired, $"{file}: the certificate of '{certificate.Subject}' expired at {Moment(certificate.NotAfter)}; a new one is needed");
        if (now < certificate.NotBefore.ToUniversalTime())
            throw new AccessException(AccessError.NotYetValid, $"{file}: the certificate of '{certificate.Subject}' is valid from {Moment(certificate.NotBefore)} on; is this machine's clock right?");
    }

    private static void CheckUsage(X509Certificate2 certificate, string file, string usage)
    {
        string role = usage == ServerUsage ? "a server" : "a client";
        if (certificate.Extensions.OfType<X509BasicConstraintsExtension>().FirstOrDefault() is { CertificateAuthority: true })
            throw new AccessException(AccessError.WrongUsage, $"{file}: is the certificate of an authority, not of {role}");
        if (certificate.Extensions.OfType<X509EnhancedKeyUsageExtension>().FirstOrDefault() is { } allowed
            && !allowed.EnhancedKeyUsages.Cast<Oid>().Any(oid => string.Equals(oid.Value, usage, StringComparison.Ordinal)))
        {
            throw new AccessException(AccessError.WrongUsage, $"{file}: the certificate of '{certificate.Subject}' is not for {role}");
        }
    }

    private static string Moment(DateTime local) => $"{local.ToUniversalTime():yyyy-MM-dd HH:mm} UTC";
}
