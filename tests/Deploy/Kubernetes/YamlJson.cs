using System.Globalization;
using System.Text.Json.Nodes;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Federated.Deploy.Tests.Kubernetes;

/// <summary>Turns YAML into JSON: what Kubernetes makes of it. Plain scalars are null, truth values, numbers or text; quoted ones are text.</summary>
internal static class YamlJson
{
    /// <summary>All documents of a file that are not empty.</summary>
    public static IReadOnlyList<JsonObject> ReadAll(string text)
    {
        YamlStream yaml = [];
        using (StringReader reader = new(text))
            yaml.Load(reader);
        return [.. yaml.Documents.Select(document => Convert(document.RootNode)).OfType<JsonObject>()];
    }

    private static JsonNode? Convert(YamlNode node) => node switch
    {
        YamlMappingNode mapping => new JsonObject(mapping.Select(entry => KeyValuePair.Create(((YamlScalarNode)entry.Key).Value!, Convert(entry.Value)))),
        YamlSequenceNode sequence => new JsonArray([.. sequence.Select(Convert)]),
        YamlScalarNode { Style: ScalarStyle.Plain } plain => Plain(plain.Value!),
        YamlScalarNode quoted => JsonValue.Create(quoted.Value),
        _ => throw new InvalidOperationException($"{node.GetType().Name} at line {node.Start.Line}: nothing that Kubernetes knows"),
    };

    private static JsonNode? Plain(string value) => value switch
    {
        "" or "~" or "null" => null,
        "true" => JsonValue.Create(true),
        "false" => JsonValue.Create(false),
        _ when long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number) => JsonValue.Create(number),
        _ => JsonValue.Create(value),
    };
}
