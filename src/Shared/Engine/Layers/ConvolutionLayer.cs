using Federated.Engine.Kernels;
using Federated.Engine.Parameters;
using Federated.Engine.Tensors;

namespace Federated.Engine.Layers;

/// <summary>
/// Two-dimensional convolution (cross-correlation, as in PyTorch) with any kernel, stride, padding and groups, on its kept weights only.
/// </summary>
/// <remarks>
/// Forward: y[o, r, c] = b[o] + Σ w[o, i, kr, kc] · x[i, r·s + kr − p, c·s + kc − p]. The zero border of the input stands for the padding.
/// Input gradient: the input's pixels fall into s² phases by (row mod s, column mod s). Within a phase the taps that reach a pixel are the same for all
/// pixels, those with kr ≡ row + p (mod s), and reach the output pixel a + (phase + p − kr)/s of the phase's a-th row: a product with the
/// transposed pattern again. A tap may reach beyond the output's edge; there it reads the zero border of the output's gradient.
/// </remarks>
internal sealed class ConvolutionLayer : WeightedLayer
{
    private readonly ConvolutionShape shape;
    private readonly VectorWidth width;
    private readonly ActivationTensor input;
    private readonly ActivationTensor output;

    /// <summary>Binds the layer to its tensors.</summary>
    /// <param name="input">Input; the border of its activations must be at least <see cref="RequiredInputPadding"/>.</param>
    /// <param name="output">Output; the border of its gradient must be at least <see cref="RequiredGradientPadding"/>.</param>
    /// <param name="shape">The convolution.</param>
    /// <param name="weightTensor">Index of the weights [out, in/groups, kernel, kernel] in the layout.</param>
    /// <param name="biasTensor">Index of the bias [out], or −1.</param>
    /// <param name="layout">The parameters' layout.</param>
    /// <param name="accumulateInputGradient">Whether the input's gradient is added to or overwritten (then every pixel is written, zero where no weight reaches).</param>
    /// <param name="width">Width of the vectors; does not change the result.</param>
    /// <param name="maximumBlocks">The largest number of blocks of sixteen images in a batch.</param>
    /// <param name="threads">Threads that may work on the layer at the same time, each on other blocks.</param>
    /// <param name="cut">What the neighbouring layers do not look at where the mask cuts a channel off.</param>
    /// <exception cref="ArgumentException">The shape is impossible, or a tensor's shape or border does not fit.</exception>
    public ConvolutionLayer(
        ActivationTensor input, ActivationTensor output, ConvolutionShape shape, int weightTensor, int biasTensor, ParameterLayout layout,
        bool accumulateInputGradient, VectorWidth width, int maximumBlocks, int threads = 1, CutChannels cut = default)
        : base(
            input, output, Plan(input, output, shape), weightTensor, biasTensor, layout, accumulateInputGradient, width, maximumBlocks, threads, cut)
    {
        this.shape = shape;
        this.width = width;
        this.input = input;
        this.output = output;
    }

    /// <summary>The border that the input must have: the convolution's padding.</summary>
    public static int RequiredInputPadding(ConvolutionShape shape) => shape.Padding;

    /// <summary>
    /// The border that the output's gradient must have: ⌈(kernel − 1 − padding) / stride⌉, the farthest that a flipped tap reaches beyond the edge.
    /// </summary>
    public static int RequiredGradientPadding(ConvolutionShape shape) => (shape.Kernel - 1 - shape.Padding + shape.Stride - 1) / shape.Stride;

    /// <inheritdoc/>
    protected override IKernelPath? CreateDepthwisePath(BitSet? kept, int count)
        => DepthwisePath.Suits(shape, count)
            ? new DepthwisePath(shape, width, input.Geometry, input.GradientGeometry, output.Geometry, output.GradientGeometry, kept)
            : null;

    /// <inheritdoc/>
    protected override DensePlan CreateDensePlan()
        => DensePlan.Convolution(shape, new LayerGeometry(input.Geometry, input.GradientGeometry), new LayerGeometry(output.Geometry, output.GradientGeometry));

    private static PatternPlan Plan(ActivationTensor inputTensor, ActivationTensor outputTensor, ConvolutionShape shape)
    {
        Geometry input = inputTensor.Geometry;
        Geometry output = outputTensor.Geometry;
        Geometry gradient = outputTensor.GradientGeometry;
        Validate(input, output, gradient, shape);
        int kernel = shape.Kernel;
        int stride = shape.Stride;
        int padding = shape.Padding;
        int fanIn = shape.FanIn;
        int[] readOffsets = new int[fanIn];
        int[] transposedRows = new int[fanIn];
        int[] transposedOffsets = new int[fanIn];
        for (int j = 0; j < fanIn; j++)
        {
            int channel = j / (kernel * kernel);
            int row = j / kernel % kernel;
            int column = j % kernel;
            readOffsets[j] = checked((channel * input.PlaneStride) + (row * input.RowStride) + (column * Geometry.Lanes));
            int rowPhase = Modulo(row - padding, stride);
            int columnPhase = Modulo(column - padding, stride);
            transposedRows[j] = (((rowPhase * stride) + columnPhase) * shape.InputChannels) + channel;
            transposedOffsets[j] = ((rowPhase + padding - row) / stride * gradient.RowStride) + ((columnPhase + padding - column) / stride * Geometry.Lanes);
        }

        int firstTap = (input.Padding - padding) * (input.RowStride + Geometry.Lanes);
        var taps = new GridPlacement(firstTap, stride * input.RowStride, stride * Geometry.Lanes);
        return new PatternPlan
        {
            ForwardRuns = RunList.Cover(output.Height, output.Width, taps, Pixels(output)),
            GradientRuns = RunList.Cover(output.Height, output.Width, taps, Pixels(gradient)),
            BackwardRuns =
                [.. Enumerable.Range(0, stride * stride).Select(phase => CoverPhase(inputTensor.GradientGeometry, gradient, stride, phase / stride, phase % stride))],
            ReadOffsets = readOffsets,
            TransposedRows = transposedRows,
            TransposedOffsets = transposedOffsets,
            RowOffsets = ChannelOffsets(output),
            GradientRowOffsets = ChannelOffsets(gradient),
            TransposedRowOffsets = ChannelOffsets(inputTensor.GradientGeometry),
            RowsPerGroup = shape.OutputChannels / shape.Groups,
            GroupStride = checked(shape.InputChannelsPerGroup * input.PlaneStride),
            GroupTransposedRows = shape.InputChannelsPerGroup,
            InputChunk = new ChunkGeometry(input.PlaneStride, Neighbourhood(4 * stride, kernel)),
            OutputChunk = new ChunkGeometry(gradient.PlaneStride, Neighbourhood(4, (kernel + stride - 1) / stride)),
        };
    }

    private static RunList[] CoverPhase(Geometry input, Geometry gradient, int stride, int rowPhase, int columnPhase)
    {
        var written = new GridPlacement(
            input.Interior + (rowPhase * input.RowStride) + (columnPhase * Geometry.Lanes), stride * input.RowStride, stride * Geometry.Lanes);
        int rows = (input.Height - rowPhase + stride - 1) / stride;
        int columns = (input.Width - columnPhase + stride - 1) / stride;
        return RunList.Cover(rows, columns, Pixels(gradient), written);
    }

    // Bytes of one channel that the kernel reaches from a square tile.
    private static int Neighbourhood(int tile, int kernel) => (tile + kernel - 1) * (tile + kernel - 1) * Geometry.Lanes * sizeof(float);

    private static GridPlacement Pixels(Geometry geometry) => new(geometry.Interior, geometry.RowStride, Geometry.Lanes);

    private static int[] ChannelOffsets(Geometry geometry)
        => [.. Enumerable.Range(0, geometry.Channels).Select(channel => checked(channel * geometry.PlaneStride))];

    private static int Modulo(int value, int modulus) => ((value % modulus) + modulus) % modulus;

    private static void Validate(Geometry input, Geometry output, Geometry gradient, ConvolutionShape shape)
    {
        shape.Validate();
        if (input.Channels != shape.InputChannels || output.Channels != shape.OutputChannels)
            throw new ArgumentException($"{shape} does not fit {input.Channels} input and {output.Channels} output channels.");
        if (input.Height + (2 * shape.Padding) < shape.Kernel || input.Width + (2 * shape.Padding) < shape.Kernel)
            throw new ArgumentException($"{shape} does not fit into {input.Height}×{input.Width} pixels.");
        if (output.Height != shape.OutputSize(input.Height) || output.Width != shape.OutputSize(input.Width))
        {
            throw new ArgumentException(
                $"{shape} makes {shape.OutputSize(input.Height)}×{shape.OutputSize(input.Width)} pixels, the output has {output.Height}×{output.Width}.");
        }

        if (input.Padding < RequiredInputPadding(shape))
            throw new ArgumentException($"{shape} reads a border of {RequiredInputPadding(shape)}, the input has {input.Padding}.");
        if (gradient.Padding < RequiredGradientPadding(shape))
        {
            throw new ArgumentException(
                $"The input gradient of {shape} reads a border of {RequiredGradientPadding(shape)} around the output's gradient, which has {gradient.Padding}.");
        }
    }
}
