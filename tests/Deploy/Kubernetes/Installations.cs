using Xunit;

namespace Federated.Deploy.Tests.Kubernetes;

/// <summary>The installations that the repository describes, built once for all tests that look at them.</summary>
[CollectionDefinition(Collection)]
public sealed class Installations : IAsyncLifetime, ICollectionFixture<Installations>
{
    /// <summary>Of the tests that share them.</summary>
    public const string Collection = "installations";

    private readonly Dictionary<string, Installation> built = new(StringComparer.Ordinal);

    /// <summary>One of them: <c>local</c> or <c>cluster</c>.</summary>
    internal Installation this[string name] => built[name];

    /// <inheritdoc/>
    public async Task InitializeAsync()
    {
        if (Kubectl.Missing is not null)
            return; // all that would look is skipped
        // In a copy, because the certificates are files that the repository does not hold.
        DirectoryInfo copy = Directory.CreateTempSubdirectory("federated-test-");
        try
        {
            Copy(Repository.Manifests, copy.FullName);
            await Certificates.MakeAsync(Path.Combine(copy.FullName, "certs"));
            IReadOnlyList<Manifest> data = await Kubectl.BuildAsync(Path.Combine(copy.FullName, "data"));
            foreach (string name in new[] { "local", "cluster" })
                built.Add(name, new Installation([.. await Kubectl.BuildAsync(Path.Combine(copy.FullName, "overlays", name)), .. data]));
        }
        finally
        {
            copy.Delete(recursive: true);
        }
    }

    /// <inheritdoc/>
    public Task DisposeAsync() => Task.CompletedTask;

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
