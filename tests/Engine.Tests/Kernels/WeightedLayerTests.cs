using Federated.Engine.Kernels;
using Federated.Engine.Layers;
using Federated.Engine.Networks;
using Federated.Engine.Parameters;
using Federated.Engine.Tensors;
using Xunit;

namespace Federated.Engine.Tests.Kernels;

public sealed class WeightedLayerTests
{
    private const double UnitRoundoff = 1.0 / (1 << 24);

    public static TheoryData<int, int, int, int, int, int, int, int> Shapes => new()
    {
        // in, out, kernel, stride, padding, groups, height, width
        { 3, 5, 3, 1, 1, 1, 8, 8 },
        { 4, 6, 3, 2, 1, 1, 8, 8 },
        { 2, 3, 3, 1, 1, 1, 5, 28 },
        { 3, 2, 3, 1, 1, 1, 14, 14 },
        { 2, 4, 3, 1, 1, 1, 7, 7 },
        { 2, 4, 3, 2, 1, 1, 7, 7 },
        { 3, 2, 5, 1, 2, 1, 10, 10 },
        { 3, 2, 5, 2, 2, 1, 5, 6 },
        { 4, 4, 1, 1, 0, 1, 5, 5 },
        { 4, 6, 1, 2, 0, 1, 8, 7 },
        { 4, 8, 3, 1, 1, 1, 2, 2 },
        { 5, 7, 3, 1, 1, 1, 1, 1 },
        { 4, 4, 3, 1, 0, 1, 6, 6 },
        { 3, 3, 3, 1, 2, 1, 4, 5 },
        { 3, 4, 3, 3, 1, 1, 9, 10 },
        { 2, 3, 7, 2, 3, 1, 12, 13 },
        { 2, 3, 2, 2, 0, 1, 7, 9 },
        { 2, 3, 5, 4, 1, 1, 11, 11 },
        { 6, 6, 3, 1, 1, 6, 6, 6 },
        { 6, 9, 3, 2, 1, 3, 7, 8 },
        { 5, 5, 3, 1, 1, 5, 7, 9 },
        { 3, 3, 3, 1, 1, 3, 2, 2 },
        { 4, 4, 3, 1, 0, 4, 6, 7 },
        { 2, 2, 3, 1, 2, 2, 3, 6 },
        { 3, 3, 3, 2, 1, 3, 9, 8 },
        { 3, 3, 3, 2, 1, 3, 5, 13 },
        { 3, 3, 3, 2, 1, 3, 2, 2 },
        { 2, 2, 3, 2, 1, 2, 1, 1 },
        { 1, 1, 1, 1, 0, 1, 1, 1 },
        { 1, 2, 4, 1, 3, 1, 3, 3 },
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Convolution_AnyShapeDensityAndBatch_MatchesScalarLoops(int inputs, int outputs, int kernel, int stride, int padding, int groups, int height, int width)
    {
        var shape = new ConvolutionShape(inputs, outputs, kernel, stride, padding, groups);
        foreach (VectorWidth vectors in Enum.GetValues<VectorWidth>())
        {
            foreach ((double density, int batch, bool accumulate, int border) in new[] { (1.0, 17, false, 0), (0.3, 15, true, 1), (0.01, 1, false, 0), (0.0, 16, false, 2) })
            {
                using var fixture = new LayerFixture(shape, height, width, density, batch, hasBias: density == 0.3, vectors, accumulate, extraBorder: border);
                RequireMatch(fixture);
            }
        }
    }

    [Theory]
    [InlineData(VectorWidth.V128)]
    [InlineData(VectorWidth.V256)]
    [InlineData(VectorWidth.V512)]
    public void Convolution_FourBlocks_MatchesScalarLoops(VectorWidth vectors)
    {
        using var three = new LayerFixture(new ConvolutionShape(8, 12, 3, 1, 1), 8, 8, 0.3, 64, hasBias: true, vectors);
        RequireMatch(three);
        using var tiny = new LayerFixture(new ConvolutionShape(8, 12, 3, 1, 1), 2, 2, 0.3, 64, hasBias: false, vectors, accumulate: true);
        RequireMatch(tiny);
        using var phases = new LayerFixture(new ConvolutionShape(8, 12, 1, 2), 4, 4, 1, 64, hasBias: false, vectors);
        RequireMatch(phases);
    }

    [Theory]
    [InlineData(32, 24, 3, 1, 1, 8)]
    [InlineData(24, 40, 3, 2, 2, 9)]
    [InlineData(40, 40, 1, 1, 1, 5)]
    [InlineData(12, 12, 5, 1, 1, 4)]
    public void Convolution_WithRowsInSeveralChunks_MatchesScalarLoopsAtAllWidths(int inputs, int outputs, int kernel, int stride, int groups, int size)
    {
        var shape = new ConvolutionShape(inputs, outputs, kernel, stride, kernel / 2, groups);
        foreach (VectorWidth vectors in Enum.GetValues<VectorWidth>())
        {
            using var dense = new LayerFixture(shape, size, size, 1, 20, hasBias: true, vectors);
            RequireMatch(dense);
            using var sparse = new LayerFixture(shape, size, size, 0.6, 20, hasBias: false, vectors, accumulate: true);
            RequireMatch(sparse);
        }
    }

    [Theory]
    [InlineData(4, 1, 1, 3, 0, 64)]
    [InlineData(40, 4, 4, 12, 1, 20)]
    [InlineData(3, 4, 4, 10, 1, 17)]
    [InlineData(2, 3, 5, 7, 2, 1)]
    [InlineData(16, 1, 1, 1, 1, 48)]
    public void Linear_AnyInputGeometry_ReadsFlattenedFeatures(int channels, int height, int width, int outputs, int border, int batch)
    {
        foreach (VectorWidth vectors in Enum.GetValues<VectorWidth>())
        {
            foreach ((double density, bool accumulate) in new[] { (1.0, false), (0.3, true), (0.01, false), (0, false) })
            {
                var shape = new ConvolutionShape(channels, outputs, 1);
                using var fixture = new LayerFixture(shape, height, width, density, batch, hasBias: true, vectors, accumulate, isLinear: true, extraBorder: border);
                RequireMatch(fixture);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Passes_AtAllVectorWidths_GiveTheSameBits(int inputs, int outputs, int kernel, int stride, int padding, int groups, int height, int width)
    {
        var shape = new ConvolutionShape(inputs, outputs, kernel, stride, padding, groups);
        foreach ((double density, int batch) in new[] { (1.0, 33), (0.3, 80), (0.1, 5) })
        {
            (float[] output, float[] inputGradient, float[] gradients) = Passes(shape, height, width, density, batch, VectorWidth.V512);
            foreach (VectorWidth vectors in new[] { VectorWidth.V256, VectorWidth.V128 })
            {
                (float[] otherOutput, float[] otherInputGradient, float[] otherGradients) = Passes(shape, height, width, density, batch, vectors);
                Assert.Equal(Bits(output), Bits(otherOutput));
                Assert.Equal(Bits(inputGradient), Bits(otherInputGradient));
                Assert.Equal(Bits(gradients), Bits(otherGradients));
            }
        }
    }

    [Fact]
    public void WeightGradient_OfOneWeight_HasTheSameBitsWhateverElseIsKept()
    {
        // The order of a sum must not depend on the weight's place among the kept ones (in a group of four or alone).
        var shape = new ConvolutionShape(32, 4, 3, 1, 1); // 32 channels make several chunks when many weights are kept, one when few are.
        using var many = new LayerFixture(shape, 8, 8, 0.3, 20, hasBias: false, VectorWidths.Best);
        many.Backward();
        float[] expected = new float[many.Mask.Layout.Count];
        many.Mask.Scatter(many.Gradients, expected);
        int[] before = many.Mask[1]!.ToPositions();
        int[] kept = [.. before[..5], .. before[40..44], before[150], before[200], before[^1]];
        var mask = new Mask(many.Mask.Layout, [null, BitSet.FromPositions(many.Mask.Layout.Tensors[1].Count, kept)]);
        many.Layer.MaskChanged(mask);
        many.Backward();
        Assert.Equal(kept.Select(position => expected[3 + position]), many.Gradients.Slice(3, kept.Length).ToArray());
    }

    [Theory]
    [InlineData(0.3, 6, 1)]
    [InlineData(0.01, 6, 3)]
    [InlineData(0, 6, 1)]
    [InlineData(0.1, 48, 3)]
    public void Probe_CollectsTheLargestGradientsOfPrunedWeights(double density, int inputs, int groups)
    {
        var shape = new ConvolutionShape(inputs, 21, 3, 1, 1, groups);
        using var fixture = new LayerFixture(shape, 6, 6, density, 20, hasBias: false, VectorWidths.Best);
        BitSet kept = fixture.Mask[1]!;
        fixture.Probe = new GradientProbe();
        fixture.Probe.Request(1, 25);
        fixture.Backward();
        (int[] indices, float[] values) = fixture.Probe[1]!.ToSorted();
        float[] sparse = fixture.Gradients[3..].ToArray();

        using var full = new LayerFixture(shape, 6, 6, 1, 20, hasBias: false, VectorWidths.Best);
        full.CopyImagesFrom(fixture);
        full.Backward();
        float[] gradient = full.Gradients[3..].ToArray();
        int[] expected = [.. Enumerable.Range(0, gradient.Length).Where(i => !kept[i])
            .OrderByDescending(i => Math.Abs(gradient[i])).ThenBy(i => i).Take(25).Order()];
        Assert.Equal(expected, indices);
        Assert.Equal(expected.Select(i => gradient[i]), values);
        Assert.All(kept.ToPositions().Zip(sparse), one => Assert.Equal(gradient[one.First], one.Second, 1e-4f * gradient.Max()));
    }

    [Fact]
    public void Probe_OfADenseTensor_CollectsNothing()
    {
        using var fixture = new LayerFixture(new ConvolutionShape(2, 2, 3, 1, 1), 4, 4, 1, 3, hasBias: false, VectorWidths.Best);
        fixture.Probe = new GradientProbe();
        fixture.Probe.Request(1, 5);
        fixture.Backward();
        Assert.Equal(0, fixture.Probe[1]!.Count);
    }

    [Fact]
    public void Passes_AllocateNoManagedMemory()
    {
        using var fixture = new LayerFixture(new ConvolutionShape(8, 8, 3, 2, 1), 9, 9, 0.3, 40, hasBias: true, VectorWidths.Best);
        fixture.Probe = new GradientProbe();
        fixture.Probe.Request(1, 10);
        fixture.Forward();
        fixture.Backward();
        long before = GC.GetAllocatedBytesForCurrentThread();
        fixture.Forward();
        fixture.Backward();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void Backward_WithoutInputGradient_LeavesItOut()
    {
        using var fixture = new LayerFixture(new ConvolutionShape(3, 4, 3, 1, 1), 6, 6, 0.3, 10, hasBias: false, VectorWidths.Best);
        fixture.Backward();
        float[] gradients = fixture.Gradients.ToArray();
        fixture.Gradients.Fill(5);
        RemoveInputGradient(fixture.Input);
        fixture.Backward();
        Assert.Equal(gradients[3..], fixture.Gradients[3..].ToArray());
    }

    [Fact]
    public void Constructor_WithTooSmallBorders_NamesTheBorder()
    {
        var shape = new ConvolutionShape(2, 2, 3, 1, 1);
        var layout = new ParameterLayout([new ParameterTensor("weight", ParameterKind.ConvolutionWeight, [2, 2, 3, 3], 0, 16, 0)]);
        ConvolutionLayer Make(int inputPadding, int outputPadding, ConvolutionShape convolution, int size = 4) => new(
            new ActivationTensor(new Geometry(2, 4, 4, inputPadding)), new ActivationTensor(new Geometry(2, size, size, outputPadding)), convolution,
            0, -1, layout, false, VectorWidths.Best, 1);
        Make(1, 1, shape).Dispose();
        Assert.Contains("the input has 0", Assert.Throws<ArgumentException>(() => Make(0, 1, shape)).Message, StringComparison.Ordinal);
        Assert.Contains("which has 0", Assert.Throws<ArgumentException>(() => Make(1, 0, shape)).Message, StringComparison.Ordinal);
        Assert.Contains("makes 4×4", Assert.Throws<ArgumentException>(() => Make(1, 1, shape, 3)).Message, StringComparison.Ordinal);
        Assert.Contains("less than the kernel", Assert.Throws<ArgumentException>(() => Make(3, 1, shape with { Padding = 3 })).Message, StringComparison.Ordinal);
        Assert.Contains("groups must divide", Assert.Throws<ArgumentException>(() => Make(1, 1, shape with { Groups = 3 })).Message, StringComparison.Ordinal);
        Assert.Contains("the layer needs", Assert.Throws<ArgumentException>(() => Make(1, 1, shape with { Groups = 2 })).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(3, 1, 1, 1)]
    [InlineData(3, 2, 1, 1)]
    [InlineData(1, 2, 0, 0)]
    [InlineData(7, 2, 3, 2)]
    [InlineData(3, 1, 0, 2)]
    [InlineData(3, 1, 2, 0)]
    public void RequiredGradientPadding_IsTheReachOfTheFlippedKernel(int kernel, int stride, int padding, int expected)
        => Assert.Equal(expected, ConvolutionLayer.RequiredGradientPadding(new ConvolutionShape(1, 1, kernel, stride, padding)));

    [Fact]
    public void Forward_BeforeAnyMask_SaysWhatToCall()
    {
        var layout = new ParameterLayout([new ParameterTensor("weight", ParameterKind.LinearWeight, [2, 2], 0, 1, 0)]);
        using var layer = new LinearLayer(
            new ActivationTensor(new Geometry(2, 1, 1, 0)), new ActivationTensor(new Geometry(2, 1, 1, 0)), 0, -1, layout, false, VectorWidths.Best, 1);
        Exception exception = Assert.Throws<InvalidOperationException>(() =>
        {
            var step = new StepContext { Count = 1, Blocks = 1 };
            layer.Forward(ref step);
        });
        Assert.Contains("MaskChanged", exception.Message, StringComparison.Ordinal);
    }

    private static unsafe void RemoveInputGradient(ActivationTensor tensor) => tensor.Gradient = null;

    private static (float[] Output, float[] InputGradient, float[] Gradients) Passes(
        ConvolutionShape shape, int height, int width, double density, int batch, VectorWidth vectors)
    {
        using var fixture = new LayerFixture(shape, height, width, density, batch, hasBias: true, vectors);
        fixture.Forward();
        fixture.Backward();
        return (fixture.OutputData, fixture.InputGradient, fixture.Gradients.ToArray());
    }

    private static int[] Bits(float[] values) => [.. values.Select(BitConverter.SingleToInt32Bits)];

    internal static void RequireMatch(LayerFixture fixture)
    {
        var reference = new ScalarReference(fixture);
        fixture.Forward();
        fixture.Backward();
        Geometry input = fixture.Input.Geometry;
        Geometry output = fixture.Output.Geometry;
        int fanIn = fixture.Mask.Layout.Tensors[1].FanIn;
        RequireImages(fixture, output, fixture.OutputData, reference.Output, reference.OutputMagnitude, fanIn + 1, null);
        int fanOut = fixture.Shape.OutputChannels * fixture.Shape.Kernel * fixture.Shape.Kernel;
        RequireImages(fixture, input, fixture.InputGradient, reference.InputGradient, reference.InputGradientMagnitude, fanOut + 1,
            fixture.Accumulate ? fixture.InitialInputGradient : null);

        // Chain of at most 8 products in a lane, 5 additions of the tree, one addition a tile (never more than pixels × blocks).
        int depth = 13 + (output.Positions * fixture.Blocks);
        float[] gradients = new float[fixture.Mask.Layout.Count];
        fixture.Mask.Scatter(fixture.Gradients, gradients);
        for (int j = 0; j < reference.WeightGradient.Length; j++)
        {
            if (fixture.Mask[1] is null || fixture.Mask[1]![j])
                Assert.True(Math.Abs(gradients[3 + j] - reference.WeightGradient[j]) <= depth * UnitRoundoff * reference.WeightGradientMagnitude[j], $"weight {j}");
        }

        Assert.Equal([77, 77, 77], fixture.Gradients[..3].ToArray());
        if (fixture.HasBias)
        {
            Span<float> bias = fixture.Gradients[^fixture.Shape.OutputChannels..];
            for (int o = 0; o < bias.Length; o++)
                Assert.Equal(reference.BiasGradient[o], bias[o], 16.0 * fixture.Blocks * output.Positions * (depth + 5) * UnitRoundoff);
        }
    }

    // Checks every image's pixels and that the border is still zero.
    private static void RequireImages(LayerFixture fixture, Geometry geometry, float[] actual, double[] expected, double[] magnitude, int depth, float[]? initial)
    {
        for (int image = 0; image < fixture.Batch; image++)
        {
            for (int channel = 0; channel < geometry.Channels; channel++)
            {
                for (int row = -geometry.Padding; row < geometry.Height + geometry.Padding; row++)
                {
                    for (int column = -geometry.Padding; column < geometry.Width + geometry.Padding; column++)
                    {
                        int at = LayerFixture.At(geometry, image, channel, row, column);
                        double start = initial?[at] ?? 0;
                        double bound = depth * UnitRoundoff * (magnitude[at] + Math.Abs(start));
                        Assert.True(Math.Abs(actual[at] - expected[at] - start) <= bound, $"image {image} channel {channel} row {row} column {column}: {actual[at]} {expected[at] + start}");
                    }
                }
            }
        }
    }
}
