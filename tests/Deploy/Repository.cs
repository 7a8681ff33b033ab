using Federated.TestKit;

namespace Federated.Deploy.Tests;

/// <summary>Places in the repository.</summary>
internal static class Repository
{
    /// <summary>The path of a file or folder, from its parts.</summary>
    public static string At(params string[] parts) => Path.Combine([GoldenFile.RepositoryRoot, .. parts]);

    /// <summary>The path of <c>deploy/k8s</c>.</summary>
    public static string Manifests => At("deploy", "k8s");
}
