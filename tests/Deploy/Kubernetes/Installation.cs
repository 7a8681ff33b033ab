namespace Federated.Deploy.Tests.Kubernetes;

/// <summary>What a user applies to a cluster: an overlay with its certificates, the fetching of data, and what copies runs out.</summary>
/// <param name="Manifests">All objects.</param>
internal sealed record Installation(IReadOnlyList<Manifest> Manifests)
{
    /// <summary>Everything that makes pods.</summary>
    public IReadOnlyList<PodTemplate> Pods => [.. Manifests.Select(static manifest => manifest.Pods).OfType<PodTemplate>()];

    /// <summary>The pods of one component.</summary>
    public PodTemplate Component(string name) => Pods.Single(pod => pod.Labels["app.kubernetes.io/component"] == name);

    /// <summary>Objects of one kind.</summary>
    public IReadOnlyList<Manifest> OfKind(string kind) => [.. Manifests.Where(manifest => manifest.Kind == kind)];
}
