using System.Text.Json;
using System.Text.Json.Nodes;

namespace Federated.Bench.Comparing;

/// <summary>The last line of one run of a benchmark.</summary>
internal sealed class Measurement
{
    private readonly JsonObject line;

    private Measurement(JsonObject line) => this.line = line;

    /// <summary>Unit of median, minimum and maximum.</summary>
    public string Unit => line["unit"]!.GetValue<string>();

    /// <summary>More is better: the unit counts something by the second, instead of being a time.</summary>
    public bool IsRate => Unit.EndsWith("/s", StringComparison.Ordinal);

    /// <summary>Reads the last line of an output.</summary>
    /// <exception cref="ComparisonException">It is no result of a benchmark.</exception>
    public static Measurement Parse(string output)
    {
        string last = output.TrimEnd().Split('\n')[^1];
        try
        {
            if (JsonNode.Parse(last) is JsonObject line && line["unit"] is JsonValue && line["median"] is JsonValue)
                return new Measurement(line);
        }
        catch (JsonException)
        {
            // Told below, together with what is no object.
        }

        throw new ComparisonException($"the last line of a benchmark is one JSON object with median and unit, not `{last}`.");
    }

    /// <summary>The number called <paramref name="field"/>, or null when the line has none.</summary>
    public double? Find(string field) => line[field] is JsonValue value && value.TryGetValue(out double number) ? number : null;

    /// <summary>The number called <paramref name="field"/>.</summary>
    /// <exception cref="ComparisonException">The line has none.</exception>
    public double Number(string field) =>
        Find(field) ?? throw new ComparisonException($"the result of {line["benchmark"]} has no number called {field}.");

    /// <summary>The text called <paramref name="field"/>, or null.</summary>
    public string? Text(string field) => line[field] is JsonValue value && value.TryGetValue(out string? text) ? text : null;
}
