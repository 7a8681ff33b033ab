using Federated.Engine.Kernels;

namespace Federated.Engine.Layers;

/// <summary>
/// How much of the source tensor a kernel reads around one tile of 4×4 pixels. Rows are walked in chunks of channels whose neighbourhood stays in the L1
/// cache while all rows use it, wherever the rows have enough weights to pay for visiting each tile's sums once a chunk.
/// </summary>
/// <param name="ChannelFloats">Floats from one source channel to the next.</param>
/// <param name="ChannelBytes">Bytes of one channel that a tile's neighbourhood holds.</param>
/// <param name="CacheBytes">Bytes of L1 data cache that a chunk may fill.</param>
internal readonly record struct ChunkGeometry(long ChannelFloats, int ChannelBytes, int CacheBytes)
{
    // A visit costs 16 loads and, in the product, 16 stores of sums. Measured on Zen 5 (48 KiB) at 5 % density: 4.5…7.5 weights a visit take 1.12 times
    // less time for the product and 1.2 times less for the weight gradient than without chunks; with 2 weights a visit all are slower.
    private const int WeightsPerVisit = 5;

    /// <summary>For this machine's cache: the rest of it is for sums, weights and offsets.</summary>
    public ChunkGeometry(long channelFloats, int channelBytes)
        : this(channelFloats, channelBytes, CacheSizes.LevelOne / 6 * 5)
    {
    }

    /// <summary>Floats of the source tensor in one chunk, at least one channel.</summary>
    /// <param name="weights">Kept weights.</param>
    /// <param name="rows">Rows that have weights.</param>
    /// <param name="extent">Floats of one block of the source tensor.</param>
    public long ChunkFloats(int weights, int rows, long extent)
    {
        long chunk = Math.Max(1, CacheBytes / ChannelBytes) * ChannelFloats;
        long chunks = (extent + chunk - 1) / chunk;
        return weights >= chunks * rows * WeightsPerVisit ? chunk : extent;
    }
}

/// <summary>The starts of each row's chunks, in unmanaged memory (see <see cref="PatternRows.Splits"/>).</summary>
internal sealed unsafe class RowSplits : IDisposable
{
    private readonly NativeBuffer<int> splits;

    /// <summary>Splits rows whose weights ascend by source channel.</summary>
    /// <param name="starts">Start of each row, and the end of the last.</param>
    /// <param name="offsets">Place of each weight's pixel in the source tensor.</param>
    /// <param name="geometry">What a tile reads of the source.</param>
    /// <param name="visited">The rows that the table has, in ascending order; the others must be without weights.</param>
    public RowSplits(ReadOnlySpan<int> starts, int* offsets, ChunkGeometry geometry, ReadOnlySpan<int> visited)
    {
        Rows = visited.Length;
        int weights = starts[^1];
        long extent = 1;
        int filled = 0;
        for (int i = 0; i < weights; i++)
            extent = Math.Max(extent, offsets[i] + 1L);
        foreach (int row in visited)
            filled += starts[row + 1] > starts[row] ? 1 : 0;
        long chunkFloats = geometry.ChunkFloats(weights, filled, extent);
        Chunks = (int)((extent + chunkFloats - 1) / chunkFloats);
        splits = new NativeBuffer<int>((long)(Chunks + 1) * Rows);
        for (int row = 0; row < Rows; row++)
        {
            // A flipped tap may reach back into the channel before; the split only has to ascend.
            int next = starts[visited[row]];
            int end = starts[visited[row] + 1];
            for (int chunk = 0; chunk < Chunks; chunk++)
            {
                splits.Pointer[((long)chunk * Rows) + row] = next;
                while (next < end && offsets[next] < (chunk + 1) * chunkFloats)
                    next++;
            }

            splits.Pointer[((long)Chunks * Rows) + row] = end;
        }
    }

    /// <summary>Rows of the table.</summary>
    public int Rows { get; }

    /// <summary>Chunks of each row, 1 or more.</summary>
    public int Chunks { get; }

    /// <summary>The table.</summary>
    public int* Pointer => splits.Pointer;

    /// <inheritdoc/>
    public void Dispose() => splits.Dispose();
}
