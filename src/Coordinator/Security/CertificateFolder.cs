using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Federated.Coordinator.Security;

/// <summary>A folder of certificates and keys: an authority, which is made once and kept, and what it signs.</summary>
/// <param name="folder">The folder; made where it is missing.</param>
/// <param name="time">Tells what is valid.</param>
internal sealed class CertificateFolder(string folder, TimeProvider time)
{
    /// <summary>Name of the authority's files, which nobody else can have.</summary>
    public const string AuthorityName = "ca";

    /// <summary>Name of the coordinator's files, which nobody else can have.</summary>
    public const string CoordinatorName = "coordinator";

    private readonly CertificateMaker maker = new(time);

    /// <summary>The certificate with this name.</summary>
    public string CertificateOf(string name) => Path.Combine(folder, name + ".crt");

    /// <summary>The private key with this name.</summary>
    public string KeyOf(string name) => Path.Combine(folder, name + ".key");

    /// <summary>Whether there is a certificate or a key with this name.</summary>
    public bool Has(string name) => File.Exists(CertificateOf(name)) || File.Exists(KeyOf(name));

    /// <summary>The name of an identity's files: a star is left out.</summary>
    public static string FileNameOf(string name) => name.StartsWith("*.", StringComparison.Ordinal) ? name[2..] : name;

    /// <summary>The authority, and whether it was made just now.</summary>
    /// <exception cref="AccessException">The one that there is cannot be used.</exception>
    public (X509Certificate2 Authority, bool IsNew) OpenAuthority()
    {
        if (!Has(AuthorityName))
        {
            MakeFolder();
            X509Certificate2 made = maker.MakeAuthority();
            Write(AuthorityName, made);
            return (made, true);
        }

        X509Certificate2 authority = CertificateFiles.LoadAuthorities(CertificateOf(AuthorityName), time)[0];
        return (CertificateFiles.Join(authority, CertificateOf(AuthorityName), KeyOf(AuthorityName)), false);
    }

    /// <summary>Makes the coordinator's certificate.</summary>
    public void MakeCoordinator(X509Certificate2 authority, IReadOnlyList<string> hosts)
    {
        using X509Certificate2 made = maker.MakeCoordinator(authority, hosts);
        Write(CoordinatorName, made);
    }

    /// <summary>Makes the certificate of a node or user.</summary>
    public void MakeCaller(X509Certificate2 authority, Identity identity)
    {
        using X509Certificate2 made = maker.MakeCaller(authority, identity);
        Write(FileNameOf(identity.Name!), made);
    }

    private void MakeFolder()
    {
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(folder);
        else
            Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    private void Write(string name, X509Certificate2 certificate)
    {
        // The key first: a certificate without key could be taken for a whole pair.
        WriteFile(KeyOf(name), certificate.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem() + "\n", isSecret: true);
        WriteFile(CertificateOf(name), certificate.ExportCertificatePem() + "\n", isSecret: false);
    }

    /// <summary>Writes a whole file or none; a secret one is from its first byte on its owner's alone.</summary>
    private static void WriteFile(string path, string text, bool isSecret)
    {
        string temporary = path + ".tmp";
        FileStreamOptions options = new() { Mode = FileMode.Create, Access = FileAccess.Write, Share = FileShare.None };
        if (!OperatingSystem.IsWindows() && isSecret)
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        File.Delete(temporary); // one that is left over may have other rights
        using (FileStream stream = new(temporary, options))
        {
            stream.Write(Encoding.ASCII.GetBytes(text));
            stream.Flush(flushToDisk: true);
        }

        File.Move(temporary, path, overwrite: true);
    }
}
