using System.Text.Json.Serialization;

namespace Federated.Coordinator.Grains;

/// <summary>JSON of the state of grains: camel case, over several lines for people.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, WriteIndented = true, NewLine = "\n")]
[JsonSerializable(typeof(ExperimentState))]
[JsonSerializable(typeof(NodeState))]
[JsonSerializable(typeof(FleetState))]
internal sealed partial class GrainJson : JsonSerializerContext;
