using System.Text.Json.Nodes;

namespace Federated.Deploy.Tests.Kubernetes;

/// <summary>One object as a cluster would be given it.</summary>
/// <param name="Content">The whole object.</param>
internal sealed record Manifest(JsonObject Content)
{
    /// <summary>What it is: <c>Deployment</c>, <c>Service</c>, …</summary>
    public string Kind => Content["kind"]!.GetValue<string>();

    /// <summary>Its name.</summary>
    public string Name => Content["metadata"]!["name"]!.GetValue<string>();

    /// <summary>Its namespace; null where it has none.</summary>
    public string? Namespace => Content["metadata"]!["namespace"]?.GetValue<string>();

    /// <summary>What is asked for; empty where the kind has none.</summary>
    public JsonObject Spec => Content["spec"] as JsonObject ?? [];

    /// <summary>What it makes pods from, or the pod that it is; null where it is neither.</summary>
    public PodTemplate? Pods => Kind == "Pod" ? new PodTemplate(this, Content) : Spec["template"] is JsonObject template ? new PodTemplate(this, template) : null;

    /// <summary>Reads what <c>kubectl kustomize</c> writes.</summary>
    public static IReadOnlyList<Manifest> ReadAll(string yaml) => [.. YamlJson.ReadAll(yaml).Select(static document => new Manifest(document))];

    /// <inheritdoc/>
    public override string ToString() => $"{Kind} {Name}";
}
