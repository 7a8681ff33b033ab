using System.Collections.Concurrent;

namespace Federated.Coordinator.Grains;

/// <summary>State in memory, for tests: gone with the process.</summary>
internal sealed class MemoryGrainStorage : IGrainStorage
{
    private readonly ConcurrentDictionary<GrainId, StoredState> states = new();

    /// <inheritdoc/>
    public string Describe(GrainId grain) => $"memory/{grain.Kind}/{grain.Key}";

    /// <inheritdoc/>
    public ValueTask<StoredState?> ReadAsync(GrainId grain, CancellationToken cancel) => new(states.GetValueOrDefault(grain));

    /// <inheritdoc/>
    public ValueTask<long> WriteAsync(GrainId grain, ReadOnlyMemory<byte> content, long expected, CancellationToken cancel)
    {
        var next = new StoredState(expected + 1, content.ToArray());
        StoredState? there = states.GetValueOrDefault(grain);
        bool written = (there?.Version ?? 0) == expected && (there is null ? states.TryAdd(grain, next) : states.TryUpdate(grain, next, there));
        return written ? new(next.Version) : throw new GrainStateConflictException(grain, expected, states.GetValueOrDefault(grain)?.Version ?? 0, Describe(grain));
    }
}
