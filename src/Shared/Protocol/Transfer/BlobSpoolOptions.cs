namespace Federated.Protocol.Transfer;

/// <summary>How much a spool holds.</summary>
public sealed record BlobSpoolOptions
{
    /// <summary>Blobs up to this length are kept in memory, longer ones in files.</summary>
    public int MemoryBlobBytes { get; init; } = 256 << 10;

    /// <summary>Bytes in memory, complete and under way.</summary>
    public long MemoryBudget { get; init; } = 64L << 20;

    /// <summary>Bytes in files, complete and under way.</summary>
    public long FileBudget { get; init; } = 64L << 30;
}
