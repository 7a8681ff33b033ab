using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Federated.Coordinator.Security;

/// <summary>Makes the certificates of an authority of one's own: ECDSA on P-256 with SHA-256, extensions as RFC 5280 wants them.</summary>
/// <param name="time">Tells from when on they are valid.</param>
internal sealed class CertificateMaker(TimeProvider time)
{
    private const int AuthorityYears = 10;
    private const int LeafYears = 1;

    // Clocks of machines differ: what is made now must not be of the future elsewhere.
    private static readonly TimeSpan ClockDifference = TimeSpan.FromMinutes(5);

    /// <summary>An authority, valid for ten years. It signs certificates of nodes, users and coordinators, and no other authorities.</summary>
    public X509Certificate2 MakeAuthority()
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        X500DistinguishedNameBuilder name = new();
        name.AddOrganizationName("Federated");
        name.AddCommonName("Federated development authority");
        CertificateRequest request = new(name.Build(), key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: true, pathLengthConstraint: 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        DateTimeOffset now = time.GetUtcNow();
        return request.CreateSelfSigned(now - ClockDifference, now.AddYears(AuthorityYears));
    }

    /// <summary>A coordinator's certificate, for the names and addresses at which it is reached.</summary>
    public X509Certificate2 MakeCoordinator(X509Certificate2 authority, IReadOnlyList<string> hosts)
    {
        SubjectAlternativeNameBuilder names = new();
        foreach (string host in hosts)
        {
            if (IPAddress.TryParse(host, out IPAddress? address))
                names.AddIpAddress(address);
            else
                names.AddDnsName(host);
        }

        return MakeLeaf(authority, "coordinator", "coordinator", CertificateFiles.ServerUsage, names.Build());
    }

    /// <summary>The certificate of a node or a user.</summary>
    public X509Certificate2 MakeCaller(X509Certificate2 authority, Identity identity) =>
        MakeLeaf(authority, identity.Name!, Roles.NameOf(identity.Role!.Value), CertificateFiles.ClientUsage, alternativeNames: null);

    private X509Certificate2 MakeLeaf(X509Certificate2 authority, string commonName, string unit, string usage, X509Extension? alternativeNames)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        X500DistinguishedNameBuilder name = new();
        name.AddOrganizationName("Federated");
        name.AddOrganizationalUnitName(unit);
        name.AddCommonName(commonName);
        CertificateRequest request = new(name.Build(), key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: false, hasPathLengthConstraint: false, pathLengthConstraint: 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(usage)], critical: false));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(authority, includeKeyIdentifier: true, includeIssuerAndSerial: false));
        if (alternativeNames is not null)
            request.CertificateExtensions.Add(alternativeNames);
        DateTimeOffset now = time.GetUtcNow();
        DateTimeOffset end = now.AddYears(LeafYears), authorityEnd = new(authority.NotAfter.ToUniversalTime());
        Span<byte> serial = stackalloc byte[16];
        RandomNumberGenerator.Fill(serial);
        serial[0] = (byte)((serial[0] & 0x7F) | 0x40); // positive, and of full length
        using X509Certificate2 certificate = request.Create(authority, now - ClockDifference, end < authorityEnd ? end : authorityEnd, serial);
        return certificate.CopyWithPrivateKey(key);
    }
}
