using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Federated.Coordinator.Security;
using Xunit;

namespace Federated.Coordinator.Tests.Security;

public sealed class CertificateFilesTests : IDisposable
{
    private readonly SampleCertificates certificates = new();

    public void Dispose() => certificates.Dispose();

    [Fact]
    public void A_certificate_and_its_key_belong_together()
    {
        X509Certificate2Collection own = Load("coordinator.crt", "coordinator.key", CertificateFiles.ServerUsage);

        Assert.True(Assert.Single(own).HasPrivateKey);
    }

    [Fact]
    public void Whatever_is_wrong_with_a_file_is_said_with_its_name_and_without_what_is_secret()
    {
        string damaged = File.ReadAllText(certificates["node-1.key"]).Replace("MIGH", "AAAA", StringComparison.Ordinal);
        certificates.Write("damaged.key", damaged);
        certificates.Write("empty.key", "");
        using (ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256))
            certificates.Write("password.key", key.ExportEncryptedPkcs8PrivateKeyPem("secret", new PbeParameters(PbeEncryptionAlgorithm.Aes128Cbc, HashAlgorithmName.SHA256, 10)));
        certificates.Write("text.crt", "no certificate");
        certificates.Write("damaged.crt", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
        certificates.Write("long.crt", new string('x', 2 << 20));

        Fails(AccessError.Missing, "absent.crt", "absent.crt", "node-1.key");
        Fails(AccessError.Missing, "absent.key", "node-1.crt", "absent.key");
        Fails(AccessError.NotPem, "text.crt", "text.crt", "node-1.key");
        Fails(AccessError.NotPem, "damaged.crt", "damaged.crt", "node-1.key");
        Fails(AccessError.NotPem, "long.crt", "long.crt", "node-1.key");
        Fails(AccessError.NotPem, "empty.key", "node-1.crt", "empty.key");
        Fails(AccessError.NotPem, "damaged.key", "node-1.crt", "damaged.key");
        Fails(AccessError.NotPem, "password", "node-1.crt", "password.key");
        Fails(AccessError.KeyMismatch, "is not the key of the certificate", "node-1.crt", "me.key");
        Fails(AccessError.WrongUsage, "is not for a client", "coordinator.crt", "coordinator.key");
        Fails(AccessError.WrongUsage, "is the certificate of an authority", "ca.crt", "ca.key");
        Fails(AccessError.Expired, "expired at", "node-1.crt", "node-1.key", 366);
        Fails(AccessError.NotYetValid, "this machine's clock", "node-1.crt", "node-1.key", -1);
        Assert.Equal(AccessError.WrongUsage, Assert.Throws<AccessException>(() => CertificateFiles.LoadAuthorities(certificates["node-1.crt"], TimeProvider.System)).Error);
        Assert.Equal(AccessError.WrongUsage, Assert.Throws<AccessException>(() => Load("node-1.crt", "node-1.key", CertificateFiles.ServerUsage)).Error);
    }

    [Fact]
    public void A_key_that_others_can_read_is_refused()
    {
        if (OperatingSystem.IsWindows())
            return;
        File.SetUnixFileMode(certificates["node-1.key"], UnixFileMode.UserRead | UnixFileMode.OtherRead);

        Fails(AccessError.TooOpen, "chmod 600", "node-1.crt", "node-1.key");

        // A link to a file that only its group can read is how a cluster mounts secrets.
        File.SetUnixFileMode(certificates["node-1.key"], UnixFileMode.UserRead | UnixFileMode.GroupRead);
        File.CreateSymbolicLink(certificates["link.key"], certificates["node-1.key"]);
        Load("node-1.crt", "link.key", CertificateFiles.ClientUsage);
    }

    private X509Certificate2Collection Load(string certificate, string key, string usage, int inDays = 0) =>
        CertificateFiles.LoadOwn(certificates[certificate], certificates[key], usage, FixedTime.InDays(inDays));

    private void Fails(AccessError error, string text, string certificate, string key, int inDays = 0)
    {
        AccessException failure = Assert.Throws<AccessException>(() => Load(certificate, key, CertificateFiles.ClientUsage, inDays));

        Assert.Equal(error, failure.Error);
        Assert.Contains(text, failure.Message, StringComparison.Ordinal);
        Assert.Single(failure.Message.Split('\n'));
        Assert.All(certificates.Secrets, secret => Assert.DoesNotContain(secret, failure.ToString(), StringComparison.Ordinal));
    }
}
