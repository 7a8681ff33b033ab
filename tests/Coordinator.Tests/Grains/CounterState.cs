using System.Text.Json.Serialization;
using Federated.Coordinator.Grains;

namespace Federated.Coordinator.Tests.Grains;

internal sealed record CounterState : GrainState
{
    public int Value { get; init; }
}

[JsonSerializable(typeof(CounterState))]
internal sealed partial class CounterJson : JsonSerializerContext;
