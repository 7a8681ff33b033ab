using System.Buffers;
using Microsoft.AspNetCore.Connections;

namespace Federated.Protocol.Rpc;

/// <summary>Gives Kestrel's transports <see cref="BlockPool"/>s.</summary>
internal sealed class BlockPoolFactory(TimeProvider time) : IMemoryPoolFactory<byte>
{
    private static readonly TimeSpan TrimPeriod = TimeSpan.FromSeconds(10);

    /// <inheritdoc/>
    public MemoryPool<byte> Create(MemoryPoolOptions? options = null) => new BlockPool(time, TrimPeriod);
}
