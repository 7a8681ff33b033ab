using System.Text.Json.Serialization;

namespace Federated.Coordinator.Grains;

/// <summary>JSON of the header of state files, on one line.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(GrainFileHeader))]
internal sealed partial class GrainFileJson : JsonSerializerContext;
