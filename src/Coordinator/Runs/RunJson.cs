using System.Text.Json;
using System.Text.Json.Serialization;

namespace Federated.Coordinator.Runs;

/// <summary>JSON of the run folder: camel case, source-generated, one object a line where the file holds lines.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(RoundRecord))]
[JsonSerializable(typeof(RunSummary))]
[JsonSerializable(typeof(ClientRecord[]))]
internal sealed partial class RunJson : JsonSerializerContext
{
    /// <summary>The same, over several lines for people.</summary>
    public static RunJson Indented { get; } = new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        WriteIndented = true,
        NewLine = "\n",
    });
}
