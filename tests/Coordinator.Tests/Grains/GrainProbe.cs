using System.Collections.Concurrent;

namespace Federated.Coordinator.Tests.Grains;

/// <summary>What tests see of counters and how they hold them up.</summary>
internal sealed class GrainProbe
{
    private readonly ConcurrentDictionary<string, TaskCompletionSource> gates = new(StringComparer.Ordinal);

    /// <summary>Messages that began while another of the same grain was not done.</summary>
    public int Overlaps { get; set; }

    /// <summary>Objects that were made.</summary>
    public int Created { get; set; }

    /// <summary>What a message left running.</summary>
    public Task<int>? LeftRunning { get; set; }

    /// <summary>Opens when a test says so.</summary>
    public Task Gate(string name) => Source(name).Task;

    public void Open(string name) => Source(name).TrySetResult();

    public void Reached(string name) => Source($"{name}, reached").TrySetResult();

    /// <summary>Completes when a message waits at the gate.</summary>
    public Task AtGate(string name) => Source($"{name}, reached").Task;

    private TaskCompletionSource Source(string name) => gates.GetOrAdd(name, _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
}
