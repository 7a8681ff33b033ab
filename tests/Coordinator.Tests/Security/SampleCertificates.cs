using System.Security.Cryptography.X509Certificates;
using Federated.Coordinator.Security;
using Federated.Coordinator.Tests.Runs;

namespace Federated.Coordinator.Tests.Security;

/// <summary>An authority and what it signed, in a folder that is removed with it.</summary>
internal sealed class SampleCertificates : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public SampleCertificates(TimeProvider? time = null)
    {
        Files = new CertificateFolder(folder.Path, time ?? TimeProvider.System);
        (X509Certificate2 authority, _) = Files.OpenAuthority();
        using (authority)
        {
            Files.MakeCoordinator(authority, ["localhost", "127.0.0.1"]);
            Files.MakeCaller(authority, new Identity(Role.Node, "node-1"));
            Files.MakeCaller(authority, new Identity(Role.Node, "*.nodes"));
            Files.MakeCaller(authority, new Identity(Role.User, "me"));
        }
    }

    public CertificateFolder Files { get; }

    public string Authority => Files.CertificateOf("ca");

    public string this[string name] => folder[name];

    /// <summary>The lines of all keys, which nobody may ever see.</summary>
    public IEnumerable<string> Secrets => Directory.EnumerateFiles(folder.Path, "*.key").SelectMany(File.ReadAllLines).Where(line => !line.StartsWith("-----", StringComparison.Ordinal));

    /// <summary>Writes a file that only its owner can read.</summary>
    public string Write(string name, string text)
    {
        string path = folder[name];
        File.WriteAllText(path, text);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return path;
    }

    public void Dispose() => folder.Dispose();
}
