using Xunit;

namespace Federated.Deploy.Tests.Kubernetes;

/// <summary>The installations that the repository describes, built once for all tests that look at them.</summary>
[CollectionDefinition(Collection)]
public sealed class Installations : IAsyncLifetime, ICollectionFixture<Installations>
{
    /// <summary>Of the tests that share them.</summary>
    public const string Collection = "installations";

    private readonly Dictionary<string, Installation> built = new(StringComparer.Ordinal);
    private DirectoryInfo? copy;

    /// <summary>The folder of the certificates that the secrets were made from.</summary>
    public string CertificateFolder => Path.Combine(copy!.FullName, "certs");

    /// <summary>One of them: <c>local</c> or <c>cluster</c>.</summary>
    internal Installation this[string name] => built[name];

    /// <inheritdoc/>
    public async Task InitializeAsync()
    {
        if (Kubectl.Missing is not null)
            return; // all that would look is skipped
        // In a copy, because the certificates are files that the repository does not hold.
        copy = Directory.CreateTempSubdirectory("federated-test-");
        Copy(Repository.Manifests, copy.FullName);
        await MakeCertificatesAsync();
        Manifest[] others = [.. await Kubectl.BuildAsync(Path.Combine(copy.FullName, "data")), .. await Kubectl.BuildAsync(Path.Combine(copy.FullName, "results"))];
        foreach (string name in new[] { "local", "cluster" })
            built.Add(name, new Installation([.. await Kubectl.BuildAsync(Path.Combine(copy.FullName, "overlays", name)), .. others]));
    }

    /// <inheritdoc/>
    public Task DisposeAsync()
    {
        copy?.Delete(recursive: true);
        return Task.CompletedTask;
    }

    // By the command that the documentation gives.
    private Task MakeCertificatesAsync()
    {
        const string begin = "./federated certs deploy/k8s/certs ";
        string options = File.ReadLines(Repository.At("docs", "kubernetes.md")).Single(static line => line.StartsWith(begin, StringComparison.Ordinal))[begin.Length..];
        return FederatedProgram.RunAsync(["certs", CertificateFolder, .. options.Split(' ').Select(static word => word.Trim('\''))]);
    }

    private static void Copy(string from, string to)
    {
        foreach (string file in Directory.EnumerateFiles(from, "*.yaml", SearchOption.AllDirectories))
        {
            string target = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
    }
}
