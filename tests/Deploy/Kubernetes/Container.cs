using System.Text.Json.Nodes;

namespace Federated.Deploy.Tests.Kubernetes;

/// <summary>A container of a pod.</summary>
/// <param name="Pod">The pod.</param>
/// <param name="Content">The container.</param>
internal sealed record Container(PodTemplate Pod, JsonObject Content)
{
    /// <summary>What the program is given: the command, then its options.</summary>
    public IReadOnlyList<string> Arguments => [.. (Content["args"] as JsonArray ?? []).Select(static argument => argument!.GetValue<string>())];

    /// <summary>The options with their values.</summary>
    public IReadOnlyDictionary<string, string> Options =>
        Arguments.Where(static argument => argument.StartsWith("--", StringComparison.Ordinal)).Select(static argument => argument.Split('=', 2))
            .ToDictionary(static parts => parts[0], static parts => parts.Length == 2 ? parts[1] : "", StringComparer.Ordinal);

    /// <summary>The variables of its environment.</summary>
    public IReadOnlyDictionary<string, JsonObject> Environment =>
        (Content["env"] as JsonArray ?? []).ToDictionary(static variable => variable!["name"]!.GetValue<string>(), static variable => variable!.AsObject(), StringComparer.Ordinal);

    /// <summary>The ports that it says to listen at, by their names.</summary>
    public IReadOnlyDictionary<string, long> Ports =>
        (Content["ports"] as JsonArray ?? []).ToDictionary(static port => port!["name"]!.GetValue<string>(), static port => port!["containerPort"]!.GetValue<long>(), StringComparer.Ordinal);

    /// <summary>Its volumes by the paths that they are seen at.</summary>
    public IReadOnlyDictionary<string, JsonObject> Mounts =>
        (Content["volumeMounts"] as JsonArray ?? []).ToDictionary(static mount => mount!["mountPath"]!.GetValue<string>(), static mount => mount!.AsObject(), StringComparer.Ordinal);

    /// <inheritdoc/>
    public override string ToString() => $"container {Content["name"]!.GetValue<string>()} of {Pod.Owner}";
}
