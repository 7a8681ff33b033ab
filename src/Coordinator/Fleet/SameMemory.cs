using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Federated.Coordinator.Fleet;

/// <summary>Tells stretches of memory apart by where they are, not by what they hold: clients that receive the same bytes share one array.</summary>
internal sealed class SameMemory : IEqualityComparer<ReadOnlyMemory<byte>>
{
    private SameMemory()
    {
    }

    /// <summary>The one instance.</summary>
    public static SameMemory Comparer { get; } = new();

    /// <inheritdoc/>
    public bool Equals(ReadOnlyMemory<byte> x, ReadOnlyMemory<byte> y) => x.Equals(y);

    /// <inheritdoc/>
    public int GetHashCode(ReadOnlyMemory<byte> memory) =>
        MemoryMarshal.TryGetArray(memory, out ArraySegment<byte> segment) ? RuntimeHelpers.GetHashCode(segment.Array) ^ segment.Offset : memory.GetHashCode();
}
