using System.Text.Json.Nodes;

namespace Federated.Deploy.Tests.Kubernetes;

/// <summary>Which labels a selector chooses.</summary>
internal static class Selector
{
    /// <summary>Whether a label selector (<c>matchLabels</c>; the empty one chooses all) chooses these labels.</summary>
    public static bool Matches(JsonNode? selector, IReadOnlyDictionary<string, string> labels)
    {
        if (selector is JsonObject known && known.Any(static entry => entry.Key != "matchLabels"))
            throw new NotSupportedException($"these tests judge selectors by matchLabels only, not {known.ToJsonString()}");
        return MatchesLabels(selector?["matchLabels"], labels);
    }

    /// <summary>Whether plain pairs, as a Service has them, choose these labels.</summary>
    public static bool MatchesLabels(JsonNode? pairs, IReadOnlyDictionary<string, string> labels) =>
        Texts(pairs).All(pair => labels.TryGetValue(pair.Key, out string? value) && string.Equals(value, pair.Value, StringComparison.Ordinal));

    /// <summary>Pairs of texts.</summary>
    public static IReadOnlyDictionary<string, string> Texts(JsonNode? pairs) =>
        (pairs as JsonObject ?? []).ToDictionary(static pair => pair.Key, static pair => pair.Value!.GetValue<string>(), StringComparer.Ordinal);
}
