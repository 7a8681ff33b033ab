using System.Text.Json.Serialization;
using Federated.Protocol.V1;

namespace Federated.Coordinator.Grains;

/// <summary>What is kept of a run beside its folder. Saved when it is submitted, when its status changes and after each round.</summary>
internal sealed record ExperimentState : GrainState
{
    /// <summary>The resolved experiment file.</summary>
    public string Experiment { get; init; } = "";

    /// <summary>Name of the method.</summary>
    public string Method { get; init; } = "";

    /// <summary>Where the run is in its life; unspecified when there is no such run.</summary>
    [JsonConverter(typeof(JsonStringEnumConverter<RunStatus>))]
    public RunStatus Status { get; init; }

    /// <summary>When it was submitted: UTC, ISO 8601.</summary>
    public string Submitted { get; init; } = "";

    /// <summary>Rounds that the experiment asks for.</summary>
    public int Rounds { get; init; }

    /// <summary>Rounds that are in the run folder.</summary>
    public int RoundsCompleted { get; init; }

    /// <summary>Test accuracy after the last of them.</summary>
    public double? Accuracy { get; init; }

    /// <summary>Payload bytes from clients to the server.</summary>
    public long BytesUp { get; init; }

    /// <summary>Payload bytes from the server to clients.</summary>
    public long BytesDown { get; init; }

    /// <summary>Why it failed.</summary>
    public string Error { get; init; } = "";

    /// <summary>Upper half of the numbers of its lists: another one at every start of the run, and no other run's.</summary>
    public uint Epoch { get; init; }

    /// <summary>Whether nothing more will happen to it, unless it is submitted again.</summary>
    [JsonIgnore]
    public bool IsOver => Status is RunStatus.Finished or RunStatus.Stopped or RunStatus.Failed;
}
