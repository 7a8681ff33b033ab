using System.Text.Json.Serialization;
using Federated.Methods.Pretraining;

namespace Federated.Coordinator.Pretraining;

/// <summary>JSON of pre-trainings: camel case, source-generated, one object a line.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(PretrainEpoch))]
[JsonSerializable(typeof(PretrainSummary))]
[JsonSerializable(typeof(PretrainCheckpoint.Head))]
internal sealed partial class PretrainJson : JsonSerializerContext;
