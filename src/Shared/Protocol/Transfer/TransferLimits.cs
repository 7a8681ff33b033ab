namespace Federated.Protocol.Transfer;

/// <summary>Sizes that the contract fixes, and those that both halves keep to.</summary>
public static class TransferLimits
{
    /// <summary>The longest chunk that is accepted: 1 MiB, as the contract says.</summary>
    public const int MaximumChunkBytes = 1 << 20;

    /// <summary>
    /// The chunks that are sent: 64 KiB, four HTTP/2 frames. A receiver's message holds its bytes in an array of its own; up to 85,000 bytes that array is a young object that the collector takes back
    /// within a few megabytes, above it would be a large one that stays until the oldest generation is visited. Nothing is gained from longer chunks: one costs 15 bytes and some microseconds.
    /// </summary>
    public const int ChunkBytes = 1 << 16;

    /// <summary>The largest message of the service: a chunk of full length, its data's tag and length (6 bytes), three numbers (at most 27) and what an upload puts around it (5), rounded up.</summary>
    public const int MaximumMessageBytes = MaximumChunkBytes + 64;

    /// <summary>The longest name of a run, in characters.</summary>
    public const int MaximumRunLength = 255;
}
