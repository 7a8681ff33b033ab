using System.Text.Json.Nodes;

namespace Federated.Deploy.Tests.Kubernetes;

/// <summary>What a Deployment, StatefulSet or Job makes its pods from, or a pod that stands alone.</summary>
/// <param name="Owner">The object that makes them.</param>
/// <param name="Content">The template.</param>
internal sealed record PodTemplate(Manifest Owner, JsonObject Content)
{
    /// <summary>The labels that selectors choose by.</summary>
    public IReadOnlyDictionary<string, string> Labels { get; } = Selector.Texts(Content["metadata"]!["labels"]);

    /// <summary>What the pods are.</summary>
    public JsonObject Spec => Content["spec"]!.AsObject();

    /// <summary>Whether the pods are meant to run on, and not to end by themselves.</summary>
    public bool IsService => Owner.Kind is not ("Job" or "Pod");

    /// <summary>All containers, those that run before the others included.</summary>
    public IReadOnlyList<Container> Containers =>
        [.. new[] { "initContainers", "containers" }.SelectMany(kind => Spec[kind] as JsonArray ?? []).Select(container => new Container(this, container!.AsObject()))];

    /// <summary>The volumes by their names, those that a StatefulSet makes for each pod included.</summary>
    public IReadOnlyDictionary<string, JsonObject> Volumes
    {
        get
        {
            IEnumerable<(string, JsonObject)> named = (Spec["volumes"] as JsonArray ?? []).Select(static volume => (volume!["name"]!.GetValue<string>(), volume.AsObject()));
            IEnumerable<(string, JsonObject)> made = (Owner.Spec["volumeClaimTemplates"] as JsonArray ?? [])
                .Select(static claim => (claim!["metadata"]!["name"]!.GetValue<string>(), claim.AsObject()));
            return named.Concat(made).ToDictionary(StringComparer.Ordinal);
        }
    }
}
