using Federated.Engine.Kernels;
using Federated.Engine.Tensors;

namespace Federated.Engine.Layers;

/// <summary>How the dense kernels' work is cut so that it stays in the caches. Depends on shapes only, never on the machine: the order of sums follows from it.</summary>
internal static class DenseBlocking
{
    // What a tile's neighbourhood in one chunk may take of the L1 data cache (32 or 48 KiB); the rest is for the weights that stream past.
    private const int ChunkBytes = 36 * 1024;

    /// <summary>
    /// What a tile's neighbourhood in one chunk may take where there is one tap: it comes from the L2 cache, 16 bytes a cycle, and is asked for early; the fewer the chunks, the less often
    /// sums are put away (768 channels: 1.08 times faster than with chunks for the L1 cache).
    /// </summary>
    public const int PointwiseChunkBytes = 150 * 1024;

    // 64 pixels of four input and four output planes are 32 KiB, with a border of one pixel 41 KiB.
    private const int TilePixels = 64;

    // Larger maps are cut into tiles of whole rows (or 32 pixels of them). Pieces of long rows fall on few sets of the L1 cache: with 33 pixels from one row to the next, eight rows of eight
    // take 30 of 64 sets, two rows of 32 all of them (64 channels of 32×32 pixels: 23 ms, with 8×6 26). With a stride the input's planes are larger: two thirds of the pixels.
    private const int TileColumns = 32;

    // One block's features in a chunk are 64 KiB, four blocks' 256 KiB: the L2 cache. Longer runs of each row's weights suit the prefetcher.
    private const int ChunkFeatures = 1024;

    /// <summary>Source channels in a chunk of a product, of nearly equal parts.</summary>
    /// <param name="channels">Source channels.</param>
    /// <param name="rows">Rows of a channel that a tile of four pixels side by side reaches.</param>
    /// <param name="columns">Columns that it reaches.</param>
    /// <param name="bytes">What it may take.</param>
    public static int ChunkChannels(int channels, int rows, int columns, int bytes = ChunkBytes)
    {
        int most = Math.Max(1, bytes / (rows * columns * Geometry.Lanes * sizeof(float)));
        int chunks = (channels + most - 1) / most;
        return (channels + chunks - 1) / chunks;
    }

    /// <summary>The features of a linear layer as segments of its rows: one run where the input has no border, else one a row of pixels.</summary>
    public static List<WeightSegment[]> FeatureSegments(Geometry input)
    {
        bool isWhole = input.Padding == 0;
        int run = isWhole ? input.Channels * input.Positions : input.Width;
        var segments = new List<WeightSegment>();
        for (int first = 0; first < input.Channels * input.Positions; first += run)
        {
            (int channel, int position) = Math.DivRem(first, input.Positions);
            int offset = checked((channel * input.PlaneStride) + input.Interior + (position / input.Width * input.RowStride));
            for (int at = 0; at < run; at += ChunkFeatures)
                segments.Add(new WeightSegment(offset + (at * Geometry.Lanes), Geometry.Lanes, first + at, Math.Min(ChunkFeatures, run - at)));
        }

        var chunks = new List<WeightSegment[]>();
        for (int start = 0; start < segments.Count;)
        {
            int count = 1;
            for (int features = segments[start].Count; start + count < segments.Count && features + segments[start + count].Count <= ChunkFeatures; count++)
                features += segments[start + count].Count;
            chunks.Add([.. segments.GetRange(start, count)]);
            start += count;
        }

        return chunks;
    }

    /// <summary>Tiles of a convolution's weight gradient: rectangles of nearly equal size; a small map is one tile.</summary>
    public static GradientTiles Tiles(ConvolutionShape shape, Geometry input, Geometry output)
    {
        (int height, int width) = TileSize(output.Height, output.Width, shape.Stride == 1);
        var builder = new TileBuilder(shape.Kernel * shape.Kernel);
        for (int row = 0; row < output.Height; row += height)
        {
            for (int column = 0; column < output.Width; column += width)
            {
                int inputOrigin = input.Interior + (row * shape.Stride * input.RowStride) + (column * shape.Stride * Geometry.Lanes);
                int outputOrigin = output.Interior + (row * output.RowStride) + (column * Geometry.Lanes);
                int rows = Math.Min(height, output.Height - row);
                int columns = Math.Min(width, output.Width - column);
                builder.Add(inputOrigin, outputOrigin, tap => Pairs(shape, input, output, tap, (row, rows), (column, columns)));
            }
        }

        return builder.Build(Math.Max(1, TilePixels / output.Positions));
    }

    /// <summary>The one pixel of a linear layer's output (to which the row's own offset leads), whose taps are the input's pixels.</summary>
    public static GradientTiles FeatureTiles(Geometry input, Geometry output)
    {
        var builder = new TileBuilder(input.Positions);
        builder.Add(input.Interior, 0, tap => [new PixelPair((tap / input.Width * input.RowStride) + (tap % input.Width * Geometry.Lanes), 0)]);
        return builder.Build(TilePixels);
    }

    private static (int Height, int Width) TileSize(int height, int width, bool isStrideOne)
    {
        int pixels = isStrideOne ? TilePixels : TilePixels * 2 / 3;
        if (height * width <= pixels)
            return (height, width);
        int columns = Even(width, TileColumns);
        return (Even(height, pixels / columns), columns);
    }

    // The size of nearly equal parts of at most the given size.
    private static int Even(int size, int most)
    {
        int parts = (size + most - 1) / most;
        return (size + parts - 1) / parts;
    }

    private static IEnumerable<PixelPair> Pairs(ConvolutionShape shape, Geometry input, Geometry output, int tap, (int First, int Count) rows, (int First, int Count) columns)
    {
        int tapRow = (tap / shape.Kernel) - shape.Padding;
        int tapColumn = (tap % shape.Kernel) - shape.Padding;
        for (int r = 0; r < rows.Count; r++)
        {
            int inputRow = ((rows.First + r) * shape.Stride) + tapRow;
            if (inputRow < 0 || inputRow >= input.Height)
                continue;
            for (int c = 0; c < columns.Count; c++)
            {
                int inputColumn = ((columns.First + c) * shape.Stride) + tapColumn;
                if (inputColumn >= 0 && inputColumn < input.Width)
                {
                    yield return new PixelPair(
                        (((r * shape.Stride) + tapRow) * input.RowStride) + (((c * shape.Stride) + tapColumn) * Geometry.Lanes),
                        (r * output.RowStride) + (c * Geometry.Lanes));
                }
            }
        }
    }

    // Tiles whose pixels under all taps are the same share one entry.
    private sealed class TileBuilder(int taps)
    {
        private readonly List<GradientTile> tiles = [];
        private readonly List<TapPixels> tapPixels = [];
        private readonly List<PixelPair> pairs = [];

        public void Add(int inputOrigin, int outputOrigin, Func<int, IEnumerable<PixelPair>> pairsOf)
        {
            PixelPair[][] own = [.. Enumerable.Range(0, taps).Select(tap => pairsOf(tap).ToArray())];
            int kind = 0;
            while (kind < tapPixels.Count && !IsKind(kind, own))
                kind += taps;
            if (kind == tapPixels.Count)
            {
                foreach (PixelPair[] one in own)
                {
                    tapPixels.Add(new TapPixels(pairs.Count, one.Length));
                    pairs.AddRange(one);
                }
            }

            tiles.Add(new GradientTile(inputOrigin, outputOrigin, kind));
        }

        public GradientTiles Build(int tileBlocks) => new(taps, tileBlocks, [.. tiles], [.. tapPixels], [.. pairs]);

        private bool IsKind(int kind, PixelPair[][] own)
        {
            for (int tap = 0; tap < taps; tap++)
            {
                TapPixels known = tapPixels[kind + tap];
                if (known.Count != own[tap].Length || !pairs.Skip(known.Start).Take(known.Count).SequenceEqual(own[tap]))
                    return false;
            }

            return true;
        }
    }
}
