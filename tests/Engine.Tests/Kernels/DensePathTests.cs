using Federated.Engine.Kernels;
using Federated.Engine.Layers;
using Federated.Engine.Networks;
using Federated.Engine.Parameters;
using Federated.Engine.Randomness;
using Federated.Engine.Tensors;
using Xunit;

namespace Federated.Engine.Tests.Kernels;

/// <summary>The dense kernels against plain loops in double precision. All borders hold NaN, so that one that is read shows.</summary>
public sealed class DensePathTests
{
    private const double UnitRoundoff = 1.0 / (1 << 24);

    public static TheoryData<int, int, int, int, int, int, int, int, int> Shapes => new()
    {
        // in, out, kernel, stride, padding, groups, height, width, batch
        { 1, 1, 1, 1, 0, 1, 1, 1, 1 },
        { 5, 7, 3, 1, 1, 1, 1, 1, 3 },
        { 64, 65, 3, 1, 1, 1, 2, 2, 10 },
        { 9, 6, 3, 1, 1, 1, 3, 5, 17 },
        { 70, 33, 3, 1, 1, 1, 4, 4, 40 },
        { 33, 70, 3, 2, 1, 1, 5, 4, 16 },
        { 6, 4, 5, 1, 2, 1, 7, 7, 33 },
        { 7, 9, 5, 2, 2, 1, 9, 6, 5 },
        { 4, 5, 5, 1, 2, 1, 2, 1, 40 },
        { 20, 22, 1, 1, 0, 1, 8, 8, 12 },
        { 12, 10, 1, 2, 0, 1, 9, 7, 20 },
        { 6, 10, 3, 1, 1, 2, 12, 11, 16 },
        { 15, 9, 3, 2, 1, 3, 13, 10, 7 },
        { 3, 8, 3, 1, 1, 1, 16, 16, 2 },
        { 4, 3, 3, 1, 0, 1, 18, 17, 1 },
        { 3, 5, 4, 3, 1, 1, 20, 19, 6 },
        { 2, 5, 3, 1, 1, 1, 33, 33, 4 },
        { 3, 2, 3, 2, 1, 1, 33, 32, 18 },
        { 2, 3, 2, 2, 0, 1, 7, 9, 19 },
        { 3, 4, 3, 1, 2, 1, 4, 6, 9 },
        { 40, 36, 3, 1, 1, 1, 6, 6, 15 },
        { 3, 2, 1, 1, 0, 1, 1, 2, 5 },
        { 70, 33, 1, 1, 0, 1, 1, 21, 17 },
        { 143, 6, 1, 1, 0, 1, 1, 8, 40 },
        { 64, 9, 1, 1, 0, 1, 1, 13, 32 },
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Products_AnyShapeDensityAndBorder_MatchScalarLoopsWithTheSameBitsAtAllWidths(
        int inputs, int outputs, int kernel, int stride, int padding, int groups, int height, int width, int batch)
    {
        var shape = new ConvolutionShape(inputs, outputs, kernel, stride, padding, groups);
        foreach ((double density, int border, bool accumulate, bool hasBias) in new[] { (1, 0, false, true), (0.6, 1, true, false), (1.0, 2, true, true) })
        {
            using var subject = new DenseSubject(shape, height, width, batch, density, border, accumulate, hasBias);
            float[][] widest = subject.Run(VectorWidth.V512);
            foreach (VectorWidth vectors in new[] { VectorWidth.V256, VectorWidth.V128 })
            {
                float[][] other = subject.Run(vectors);
                for (int i = 0; i < widest.Length; i++)
                    Assert.Equal(widest[i].Select(BitConverter.SingleToInt32Bits), other[i].Select(BitConverter.SingleToInt32Bits));
            }

            subject.RequireMatch(widest);
        }
    }

    [Theory]
    [InlineData(1, 1, 1, 1, 1)]
    [InlineData(784, 1, 1, 10, 10)]
    [InlineData(3, 5, 4, 2, 40)]
    [InlineData(7, 3, 3, 13, 33)]
    [InlineData(70, 2, 1, 37, 17)]
    [InlineData(1100, 1, 1, 3, 64)]
    [InlineData(300, 2, 2, 25, 10)]
    public void Linear_AnyInputGeometry_MatchesScalarLoopsWithTheSameBitsAtAllWidths(int channels, int height, int width, int outputs, int batch)
    {
        // A linear layer is a convolution whose kernel covers the input; the reference takes it as one channel a feature.
        foreach ((double density, int border, bool accumulate) in new[] { (1.0, 0, false), (0.7, 1, true) })
        {
            using var subject = new DenseSubject(
                new ConvolutionShape(channels * height * width, outputs, 1), 1, 1, batch, density, border, accumulate, hasBias: true, (channels, height, width));
            float[][] widest = subject.Run(VectorWidth.V512);
            foreach (VectorWidth vectors in new[] { VectorWidth.V256, VectorWidth.V128 })
            {
                float[][] other = subject.Run(vectors);
                for (int i = 0; i < widest.Length; i++)
                    Assert.Equal(widest[i].Select(BitConverter.SingleToInt32Bits), other[i].Select(BitConverter.SingleToInt32Bits));
            }

            subject.RequireMatch(widest);
        }
    }

    [Fact]
    public void Gradient_OfKeptWeights_IsThatOfTheDenseTensor()
    {
        var shape = new ConvolutionShape(9, 21, 3, 1, 1);
        using var dense = new DenseSubject(shape, 9, 9, 20, 1, 0, accumulate: false, hasBias: false);
        using var sparse = new DenseSubject(shape, 9, 9, 20, 0.5, 0, accumulate: false, hasBias: false);
        float[] all = dense.Run(VectorWidths.Best)[2];
        Assert.Equal(sparse.Kept!.ToPositions().Select(i => all[i]), sparse.Run(VectorWidths.Best)[2]);
    }

    [Theory]
    [InlineData(9, 21, 1, 9, 30)]
    [InlineData(48, 18, 3, 4, 100)]
    [InlineData(4, 40, 1, 2, 2000)]
    public void Stream_CollectsTheLargestGradientsOfPrunedWeights(int inputs, int outputs, int groups, int size, int count)
    {
        var shape = new ConvolutionShape(inputs, outputs, 3, 1, 1, groups);
        using var dense = new DenseSubject(shape, size, size, 20, 1, 0, accumulate: false, hasBias: false);
        using var sparse = new DenseSubject(shape, size, size, 20, 0.1, 0, accumulate: false, hasBias: false);
        float[] gradient = dense.Run(VectorWidths.Best)[2];
        var top = new TopGradients(count);
        sparse.Offer(top, VectorWidths.Best);
        (int[] indices, float[] values) = top.ToSorted();
        int[] expected = [.. Enumerable.Range(0, gradient.Length).Where(i => !sparse.Kept![i])
            .OrderByDescending(i => Math.Abs(gradient[i])).ThenBy(static i => i).Take(count).Order()];
        Assert.Equal(expected, indices);
        Assert.Equal(expected.Select(i => gradient[i]), values);
    }

    /// <summary>Random tensors of one layer; the same numbers for the same shape and batch, whatever the mask.</summary>
    private sealed unsafe class DenseSubject : IDisposable
    {
        private readonly ConvolutionShape shape;
        private readonly int batch;
        private readonly int blocks;
        private readonly bool accumulate;
        private readonly Geometry input, inputGradient, output, outputGradient;
        private readonly NativeBuffer<float> x, dx, y, dy, values, bias;
        private readonly float[] initialDx;
        private readonly DensePlan plan;
        private readonly bool hasBias;
        private readonly (int Channels, int Height, int Width) features;

        public DenseSubject(ConvolutionShape shape, int height, int width, int batch, double density, int border, bool accumulate, bool hasBias,
            (int Channels, int Height, int Width)? features = null)
        {
            this.shape = shape;
            this.batch = batch;
            this.accumulate = accumulate;
            this.hasBias = hasBias;
            blocks = Geometry.BlocksFor(batch);
            this.features = features ?? (shape.InputChannels, height, width);
            (int channels, int rows, int columns) = this.features;
            input = new Geometry(channels, rows, columns, border);
            inputGradient = new Geometry(channels, rows, columns, 2 - border);
            output = new Geometry(shape.OutputChannels, shape.OutputSize(height), shape.OutputSize(width), border / 2);
            outputGradient = new Geometry(shape.OutputChannels, output.Height, output.Width, border);
            var random = new KeyedRandom(new RandomKey(3, RandomPurpose.Initialization, 0, 0, 0));
            x = Images(ref random, input, blocks * 16);
            dy = Images(ref random, outputGradient, batch);
            dx = Images(ref random, inputGradient, blocks * 16);
            y = Images(ref random, output, blocks * 16);
            initialDx = Copy(dx);
            bias = Numbers(ref random, shape.OutputChannels);
            int count = shape.OutputChannels * shape.FanIn;
            if (density < 1)
            {
                int[] positions = [.. Enumerable.Range(0, count)];
                random.Shuffle<int>(positions);
                Kept = BitSet.FromPositions(count, positions.AsSpan(0, (int)(count * density)));
            }

            values = Numbers(ref random, Kept?.Count ?? count);
            plan = features is null
                ? DensePlan.Convolution(shape, new LayerGeometry(input, inputGradient), new LayerGeometry(output, outputGradient))
                : DensePlan.Linear(new LayerGeometry(input, inputGradient), new LayerGeometry(output, outputGradient));
        }

        public BitSet? Kept { get; }

        /// <summary>Output, input gradient and weight gradient.</summary>
        public float[][] Run(VectorWidth vectors)
        {
            using var path = new DensePath(plan, DenseKernels.For(vectors), Kept, threads: 1);
            initialDx.CopyTo(new Span<float>(dx.Pointer, initialDx.Length));
            using var gradients = new NativeBuffer<float>(values.Length);
            new Span<float>(gradients.Pointer, (int)values.Length).Fill(77);
            path.PrepareForward(values.Pointer);
            path.Forward(values.Pointer, hasBias ? bias.Pointer : null, blocks, new TensorBlocks(x.Pointer, input.BlockStride), new TensorBlocks(y.Pointer, output.BlockStride));
            path.PrepareBackward(values.Pointer);
            path.PropagateToInput(
                values.Pointer, accumulate, blocks, new TensorBlocks(dy.Pointer, outputGradient.BlockStride), new TensorBlocks(dx.Pointer, inputGradient.BlockStride));
            path.Gradient(gradients.Pointer, 0, blocks, new TensorBlocks(x.Pointer, input.BlockStride), new TensorBlocks(dy.Pointer, outputGradient.BlockStride));
            return [Copy(y), Copy(dx), Copy(gradients)];
        }

        public void Offer(TopGradients top, VectorWidth vectors)
        {
            using var stream = new DenseGradientStream(plan, DenseKernels.For(vectors));
            stream.Offer(top, Kept!, blocks, new TensorBlocks(x.Pointer, input.BlockStride), new TensorBlocks(dy.Pointer, outputGradient.BlockStride));
        }

        public void RequireMatch(float[][] results)
        {
            int perGroup = shape.InputChannelsPerGroup;
            int kernel = shape.Kernel;
            bool isLinear = features.Channels != shape.InputChannels;
            float[] inputs = Copy(x), gradients = Copy(dy);
            float[] w = Kept is null ? Copy(values) : new float[Kept.Length];
            if (Kept is not null)
            {
                foreach ((int position, float value) in Kept.ToPositions().Zip(Copy(values)))
                    w[position] = value;
            }

            int height = isLinear ? 1 : input.Height, width = isLinear ? 1 : input.Width;
            double[] dw = new double[w.Length], dwMagnitude = new double[w.Length];
            double[] dxSum = new double[initialDx.Length], dxMagnitude = new double[initialDx.Length];
            for (int image = 0; image < blocks * 16; image++)
            {
                for (int o = 0; o < shape.OutputChannels; o++)
                {
                    int group = o / (shape.OutputChannels / shape.Groups);
                    for (int p = 0; p < output.Positions; p++)
                    {
                        (int row, int column) = Math.DivRem(p, output.Width);
                        double g = gradients[LayerFixture.At(outputGradient, image, o, row, column)];
                        double sum = hasBias ? bias.Pointer[o] : 0, magnitude = Math.Abs(sum);
                        for (int j = 0; j < shape.FanIn; j++)
                        {
                            int r = (row * shape.Stride) + (j / kernel % kernel) - shape.Padding;
                            int c = (column * shape.Stride) + (j % kernel) - shape.Padding;
                            if (r < 0 || c < 0 || r >= height || c >= width)
                                continue;
                            int channel = (group * perGroup) + (j / (kernel * kernel));
                            double value = inputs[At(input, image, channel, r, c)];
                            double weight = w[(o * shape.FanIn) + j];
                            sum += weight * value;
                            magnitude += Math.Abs(weight * value);
                            dw[(o * shape.FanIn) + j] += value * g;
                            dwMagnitude[(o * shape.FanIn) + j] += Math.Abs(value * g);
                            dxSum[At(inputGradient, image, channel, r, c)] += weight * g;
                            dxMagnitude[At(inputGradient, image, channel, r, c)] += Math.Abs(weight * g);
                        }

                        Assert.Equal(sum, results[0][LayerFixture.At(output, image, o, row, column)], ((shape.FanIn + 1) * UnitRoundoff * magnitude) + 1e-30);
                    }
                }

                for (int pixel = 0; pixel < input.Positions * input.Channels; pixel++)
                {
                    int at = LayerFixture.At(inputGradient, image, pixel / input.Positions, pixel % input.Positions / input.Width, pixel % input.Width);
                    double start = accumulate ? initialDx[at] : 0;
                    int depth = (shape.OutputChannels * kernel * kernel) + 1;
                    Assert.Equal(start + dxSum[at], results[1][at], (depth * UnitRoundoff * (dxMagnitude[at] + Math.Abs(start))) + 1e-30);
                    dxSum[at] = results[1][at] = float.NaN; // Seen; what is left is border, and must be as it was.
                }
            }

            // A chain of at most 64 products in a lane, 5 additions of the tree, one addition a tile; or, for a linear layer, one chain over all images.
            int chain = 69 + (Math.Max(16, output.Positions) * blocks);
            int[] kept = Kept?.ToPositions() ?? [.. Enumerable.Range(0, w.Length)];
            for (int i = 0; i < kept.Length; i++)
                Assert.Equal(dw[kept[i]], results[2][i], (chain * UnitRoundoff * dwMagnitude[kept[i]]) + 1e-30);
            for (int i = 0; i < initialDx.Length; i++)
                Assert.True(float.IsNaN(results[1][i]), "The border of the input's gradient is written.");
        }

        public void Dispose()
        {
            foreach (IDisposable one in new IDisposable[] { x, dx, y, dy, values, bias, plan })
                one.Dispose();
        }

        private static float[] Copy(NativeBuffer<float> buffer) => new Span<float>(buffer.Pointer, (int)buffer.Length).ToArray();

        private static NativeBuffer<float> Numbers(ref KeyedRandom random, int count)
        {
            var buffer = new NativeBuffer<float>(count);
            foreach (ref float value in new Span<float>(buffer.Pointer, count))
                value = (2 * random.NextSingle()) - 1;
            return buffer;
        }

        // The place of a channel's pixel; a feature of a linear layer is a channel of one pixel.
        private int At(Geometry geometry, int image, int channel, int row, int column)
        {
            if (features.Channels == shape.InputChannels)
                return LayerFixture.At(geometry, image, channel, row, column);
            int position = channel % geometry.Positions;
            return LayerFixture.At(geometry, image, channel / geometry.Positions, position / geometry.Width, position % geometry.Width);
        }

        private NativeBuffer<float> Images(ref KeyedRandom random, Geometry geometry, int live)
        {
            var buffer = new NativeBuffer<float>(geometry.BlockStride * blocks);
            new Span<float>(buffer.Pointer, (int)buffer.Length).Fill(float.NaN);
            for (int image = 0; image < blocks * 16; image++)
            {
                for (int channel = 0; channel < geometry.Channels; channel++)
                {
                    for (int pixel = 0; pixel < geometry.Positions; pixel++)
                    {
                        int at = LayerFixture.At(geometry, image, channel, pixel / geometry.Width, pixel % geometry.Width);
                        buffer.Pointer[at] = image < live ? (2 * random.NextSingle()) - 1 : 0;
                    }
                }
            }

            return buffer;
        }
    }
}
