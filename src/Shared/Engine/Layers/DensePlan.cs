using Federated.Engine.Kernels;
using Federated.Engine.Tensors;

namespace Federated.Engine.Layers;

/// <summary>
/// What the dense kernels need to know of a layer whose weights form a matrix [output channels, fan-in]: the pixels of each product by their taps, the tiles of
/// the weight gradient and how the weights are packed. No border is read: taps on the padding are left out. Unmanaged tables, freed on disposal.
/// </summary>
internal sealed unsafe class DensePlan : IDisposable
{
    private readonly NativeBuffer<int> outputOffsets;
    private readonly NativeBuffer<int> outputGradientOffsets;
    private readonly NativeBuffer<int> inputOffsets;

    private DensePlan(int[] outputOffsets, int[] outputGradientOffsets, int[] inputOffsets)
    {
        this.outputOffsets = new NativeBuffer<int>(outputOffsets);
        this.outputGradientOffsets = new NativeBuffer<int>(outputGradientOffsets);
        this.inputOffsets = new NativeBuffer<int>(inputOffsets);
    }

    /// <summary>The weights are read where they are, as a matrix, and not packed: linear layers, whose every weight is used once a block.</summary>
    public bool IsInPlace { get; private init; }

    /// <summary>Groups of the convolution.</summary>
    public int Groups { get; private init; } = 1;

    /// <summary>Output channels of one group.</summary>
    public required int RowsPerGroup { get; init; }

    /// <summary>Rows of the transposed product in one group: input channels, or features of a linear layer.</summary>
    public required int TransposedRowsPerGroup { get; init; }

    /// <summary>Input channels of one group.</summary>
    public required int ChannelsPerGroup { get; init; }

    /// <summary>Taps of one channel.</summary>
    public required int Taps { get; init; }

    /// <summary>Input channels in one packed chunk of the forward product.</summary>
    public int InputChunk { get; private init; }

    /// <summary>Output channels in one packed chunk of the transposed product.</summary>
    public int OutputChunk { get; private init; }

    /// <summary>Pixels of the output.</summary>
    public required PixelClass[] Forward { get; init; }

    /// <summary>Pixels of the input's gradient.</summary>
    public required PixelClass[] Backward { get; init; }

    /// <summary>Tiles of the weight gradient.</summary>
    public required GradientTiles Tiles { get; init; }

    /// <summary>Floats from one channel of the input to the next.</summary>
    public required int InputPlane { get; init; }

    /// <summary>Floats from the start of a block of the input to its first pixel.</summary>
    public int InputInterior { get; private init; }

    /// <summary>Tokens in one block, where the layer is a linear layer on tokens, which stand in one row; otherwise 0.</summary>
    public int Tokens { get; private init; }

    /// <summary>Geometry of the output's gradient.</summary>
    public required Geometry OutputGradient { get; init; }

    /// <summary>Weights of a row.</summary>
    public int FanIn => ChannelsPerGroup * Taps;

    /// <summary>Where each output channel starts in the output.</summary>
    public int* OutputOffsets => outputOffsets.Pointer;

    /// <summary>Where each output channel starts in the output's gradient.</summary>
    public int* OutputGradientOffsets => outputGradientOffsets.Pointer;

    /// <summary>Where each input channel (or feature) starts in the input's gradient.</summary>
    public int* InputOffsets => inputOffsets.Pointer;

    /// <summary>The plan of a convolution.</summary>
    /// <param name="shape">The convolution.</param>
    /// <param name="input">The input and its gradient.</param>
    /// <param name="output">The output and its gradient.</param>
    public static DensePlan Convolution(ConvolutionShape shape, LayerGeometry input, LayerGeometry output)
    {
        int rows = shape.OutputChannels / shape.Groups;
        int taps = shape.Kernel * shape.Kernel;
        int inputChunk = DenseBlocking.ChunkChannels(shape.InputChannelsPerGroup, shape.Kernel, (3 * shape.Stride) + shape.Kernel);
        int outputChunk = DenseBlocking.ChunkChannels(rows, (shape.Kernel + shape.Stride - 1) / shape.Stride, 3 + ((shape.Kernel + shape.Stride - 1) / shape.Stride));
        if (shape is { Kernel: 1, Stride: 1 })
        {
            // With one tap the chunks do not show in any sum.
            inputChunk = DenseBlocking.ChunkChannels(shape.InputChannelsPerGroup, 1, PointwiseProduct.TilePixels, DenseBlocking.PointwiseChunkBytes);
            outputChunk = DenseBlocking.ChunkChannels(rows, 1, PointwiseProduct.TilePixels, DenseBlocking.PointwiseChunkBytes);
        }

        Geometry x = input.Activations;
        Geometry y = output.Activations;
        return new DensePlan(ChannelOffsets(y), ChannelOffsets(output.Gradient), ChannelOffsets(input.Gradient))
        {
            Groups = shape.Groups,
            RowsPerGroup = rows,
            TransposedRowsPerGroup = shape.InputChannelsPerGroup,
            ChannelsPerGroup = shape.InputChannelsPerGroup,
            Taps = taps,
            InputChunk = inputChunk,
            OutputChunk = outputChunk,
            InputPlane = x.PlaneStride,
            InputInterior = x.Interior,
            Tokens = shape is { Kernel: 1, Stride: 1, Padding: 0, Groups: 1 } && x is { Height: 1, Width: > 1 } ? x.Width : 0,
            OutputGradient = output.Gradient,
            Forward = Classes(
                DenseAxis.Forward(y.Height, x.Height, shape), DenseAxis.Forward(y.Width, x.Width, shape), x, y, shape.InputChannelsPerGroup, inputChunk, shape.Kernel),
            Backward = Classes(
                DenseAxis.Backward(y.Height, x.Height, shape), DenseAxis.Backward(y.Width, x.Width, shape), output.Gradient, input.Gradient, rows, outputChunk, shape.Kernel),
            Tiles = DenseBlocking.Tiles(shape, x, output.Gradient),
        };
    }

    /// <summary>The plan of a linear layer on the flattened input; the output is 1×1.</summary>
    public static DensePlan Linear(LayerGeometry input, LayerGeometry output)
    {
        Geometry x = input.Activations;
        int features = x.Channels * x.Positions;
        return new DensePlan(PixelOffsets(output.Activations), PixelOffsets(output.Gradient), PixelOffsets(input.Gradient))
        {
            IsInPlace = true,
            RowsPerGroup = output.Activations.Channels,
            TransposedRowsPerGroup = features,
            ChannelsPerGroup = x.Channels,
            Taps = x.Positions,
            InputPlane = x.PlaneStride,
            OutputGradient = output.Gradient,
            Forward = [new PixelClass([0], [0], DenseBlocking.FeatureSegments(x))],
            Backward = [new PixelClass([output.Gradient.Interior], [0], [[new WeightSegment(0, output.Gradient.PlaneStride, 0, output.Gradient.Channels)]])],
            Tiles = DenseBlocking.FeatureTiles(x, output.Gradient),
        };
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (PixelClass pixels in Forward.Concat(Backward))
            pixels.Dispose();
        Tiles.Dispose();
        outputOffsets.Dispose();
        outputGradientOffsets.Dispose();
        inputOffsets.Dispose();
    }

    private static PixelClass[] Classes(
        List<DenseAxis> rowClasses, List<DenseAxis> columnClasses, Geometry read, Geometry written, int channels, int chunk, int kernel)
    {
        var classes = new List<PixelClass>();
        foreach (DenseAxis rows in rowClasses)
        {
            foreach (DenseAxis columns in columnClasses)
            {
                var readAt = new List<int>();
                var writtenAt = new List<int>();
                for (int i = 0; i < rows.Positions.Count; i++)
                {
                    for (int j = 0; j < columns.Positions.Count; j++)
                    {
                        readAt.Add(At(read, rows.Anchors[i], columns.Anchors[j]));
                        writtenAt.Add(At(written, rows.Positions[i], columns.Positions[j]));
                    }
                }

                classes.Add(new PixelClass(readAt, writtenAt, Chunks(rows, columns, read, channels, chunk, kernel)));
            }
        }

        return [.. classes];
    }

    private static List<WeightSegment[]> Chunks(DenseAxis rows, DenseAxis columns, Geometry read, int channels, int chunk, int kernel)
    {
        var chunks = new List<WeightSegment[]>();
        if (rows.Taps.Length == 0 || columns.Taps.Length == 0)
            return chunks;
        for (int first = 0; first < channels; first += chunk)
        {
            int count = Math.Min(chunk, channels - first);
            chunks.Add([.. from row in rows.Taps
                           from column in columns.Taps
                           select new WeightSegment(
                               checked((row.Distance * read.RowStride) + (column.Distance * Geometry.Lanes) + (first * read.PlaneStride)),
                               read.PlaneStride,
                               checked(DenseRows.PerBlock * ((first * kernel * kernel) + (((row.Tap * kernel) + column.Tap) * count))),
                               count)]);
        }

        return chunks;
    }

    private static int At(Geometry geometry, int row, int column) => geometry.Interior + (row * geometry.RowStride) + (column * Geometry.Lanes);

    private static int[] ChannelOffsets(Geometry geometry)
        => [.. Enumerable.Range(0, geometry.Channels).Select(channel => checked(channel * geometry.PlaneStride))];

    private static int[] PixelOffsets(Geometry geometry)
        => [.. from channel in Enumerable.Range(0, geometry.Channels)
               from row in Enumerable.Range(0, geometry.Height)
               from column in Enumerable.Range(0, geometry.Width)
               select checked((channel * geometry.PlaneStride) + At(geometry, row, column))];
}

/// <summary>Geometries of one tensor: its activations and the gradient with respect to them may have different borders.</summary>
internal readonly record struct LayerGeometry(Geometry Activations, Geometry Gradient);
