using Federated.Engine.Kernels;
using Federated.Engine.Layers;
using Xunit;

namespace Federated.Engine.Tests.Kernels;

public sealed unsafe class RowSplitsTests
{
    // A channel of 100 floats of which a tile reads 12 KiB: two channels fit into a chunk.
    private static readonly ChunkGeometry TwoChannels = new(ChannelFloats: 100, ChannelBytes: 12 * 1024, CacheBytes: 24 * 1024);

    [Fact]
    public void Rows_WithManyWeights_SplitWhereTheChannelPassesTheChunk()
    {
        // Each row: 20 weights in channels 0…4, four a channel.
        int[] row = [.. Enumerable.Range(0, 20).Select(i => (i / 4 * 100) + (i % 4))];
        int[] sparse = [.. row.Where(offset => offset % 100 < 3)];
        using var offsets = new NativeBuffer<int>([.. sparse, .. sparse[..14], .. sparse]);
        using var splits = new RowSplits([0, 15, 29, 44], offsets.Pointer, TwoChannels, [0, 1, 2]);
        Assert.Equal(1, splits.Chunks); // 44 weights in 3 rows × 3 chunks are fewer than 5 a visit.

        int[] twice = [.. row.SelectMany(offset => new[] { offset, offset })];
        using var more = new NativeBuffer<int>([.. twice, .. twice]);
        using var split = new RowSplits([0, 40, 80], more.Pointer, TwoChannels, [0, 1]);
        Assert.Equal(3, split.Chunks);
        Assert.Equal([0, 40, 16, 56, 32, 72, 40, 80], new ReadOnlySpan<int>(split.Pointer, 8).ToArray());
    }

    [Fact]
    public void FlippedTaps_ThatReachIntoTheChannelBefore_KeepTheirOrder()
    {
        // Channel 2 starts at 200; its last taps reach back to 195, which must not come before the taps at 203.
        int[] row = [0, 5, 10, 15, 20, 25, 30, 35, 203, 202, 201, 199, 198, 197, 196, 195, 399];
        using var offsets = new NativeBuffer<int>(row);
        using var splits = new RowSplits([0, row.Length], offsets.Pointer, TwoChannels, [0]);
        Assert.Equal(2, splits.Chunks);
        Assert.Equal([0, 8, 17], new ReadOnlySpan<int>(splits.Pointer, 3).ToArray());
    }

    [Fact]
    public void Rows_WithoutWeights_HaveEmptyChunks()
    {
        using var offsets = new NativeBuffer<int>(0);
        using var splits = new RowSplits([0, 0, 0], offsets.Pointer, TwoChannels, [0, 1]);
        Assert.Equal([0, 0, 0, 0], new ReadOnlySpan<int>(splits.Pointer, (splits.Chunks + 1) * 2).ToArray());
    }

    [Fact]
    public void Rows_ThatAreNotVisited_AreNotInTheTable()
    {
        using var offsets = new NativeBuffer<int>([3, 7, 5]);
        using var splits = new RowSplits([0, 0, 2, 2, 3], offsets.Pointer, TwoChannels, [1, 3]);
        Assert.Equal(2, splits.Rows);
        Assert.Equal([0, 2, 2, 3], new ReadOnlySpan<int>(splits.Pointer, (splits.Chunks + 1) * 2).ToArray());
    }
}
