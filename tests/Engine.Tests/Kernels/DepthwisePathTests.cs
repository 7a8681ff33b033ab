using Federated.Engine.Kernels;
using Federated.Engine.Layers;
using Federated.Engine.Parameters;
using Xunit;

namespace Federated.Engine.Tests.Kernels;

public sealed class DepthwisePathTests
{
    public static TheoryData<int, int, int, int> Planes => new()
    {
        // stride, padding, height, width
        { 1, 1, 8, 8 },
        { 1, 1, 2, 2 },
        { 1, 1, 1, 1 },
        { 1, 1, 5, 11 },
        { 1, 0, 7, 6 },
        { 1, 2, 3, 9 },
        { 2, 1, 8, 8 },
        { 2, 1, 7, 13 },
        { 2, 1, 4, 3 },
        { 2, 1, 1, 1 },
    };

    [Theory]
    [MemberData(nameof(Planes))]
    public void SomePrunedTaps_MatchScalarLoopsAtAllWidths(int stride, int padding, int height, int width)
    {
        var shape = new ConvolutionShape(5, 5, 3, stride, padding, Groups: 5);
        foreach (VectorWidth vectors in Enum.GetValues<VectorWidth>())
        {
            using var overwriting = new LayerFixture(shape, height, width, 0.8, 35, hasBias: true, vectors, extraBorder: 1);
            Assert.True(DepthwisePath.Suits(shape, overwriting.Mask.CompactCount(1)));
            WeightedLayerTests.RequireMatch(overwriting);
            using var adding = new LayerFixture(shape, height, width, 0.6, 16, hasBias: false, vectors, accumulate: true, seed: 2);
            Assert.True(DepthwisePath.Suits(shape, adding.Mask.CompactCount(1)));
            WeightedLayerTests.RequireMatch(adding);
        }
    }

    [Theory]
    [MemberData(nameof(Planes))]
    public void Products_HaveTheBitsOfThePatternKernels(int stride, int padding, int height, int width)
    {
        const int Channels = 4;
        using var depthwise = new LayerFixture(
            new ConvolutionShape(Channels, Channels, 3, stride, padding, Channels), height, width, 0.7, 20, hasBias: false, VectorWidths.Best, accumulate: true);

        // The same sums as a full convolution whose kept weights join each channel to itself: a quarter of a row at most, which the pattern kernels run.
        using var full = new LayerFixture(
            new ConvolutionShape(Channels, Channels, 3, stride, padding), height, width, 1, 20, hasBias: false, VectorWidths.Best, accumulate: true);
        int[] kept = [.. depthwise.Mask[1]!.ToPositions().Select(position => (position / 9 * ((Channels * 9) + 9)) + (position % 9))];
        full.Layer.MaskChanged(new Mask(full.Mask.Layout, [null, BitSet.FromPositions(full.Mask.Layout.Tensors[1].Count, kept)]));
        depthwise.Values.CopyTo(full.Values);
        full.CopyImagesFrom(depthwise);
        full.SetInputGradient(depthwise.InputGradient);

        depthwise.Forward();
        full.Forward();
        Assert.Equal(depthwise.OutputData, full.OutputData);
        depthwise.Backward();
        full.Backward();
        Assert.Equal(depthwise.InputGradient, full.InputGradient);
    }

    [Theory]
    [MemberData(nameof(Planes))]
    public void AllWidths_GiveTheSameBits(int stride, int padding, int height, int width)
    {
        var shape = new ConvolutionShape(3, 3, 3, stride, padding, Groups: 3);
        foreach (int batch in new[] { 16, 40 })
        {
            using var first = new LayerFixture(shape, height, width, 0.8, batch, hasBias: true, VectorWidth.V512);
            first.Forward();
            first.Backward();
            foreach (VectorWidth vectors in new[] { VectorWidth.V256, VectorWidth.V128 })
            {
                using var other = new LayerFixture(shape, height, width, 0.8, batch, hasBias: true, vectors);
                other.Forward();
                other.Backward();
                Assert.Equal(Bits(first.OutputData), Bits(other.OutputData));
                Assert.Equal(Bits(first.InputGradient), Bits(other.InputGradient));
                Assert.Equal(Bits(first.Gradients.ToArray()), Bits(other.Gradients.ToArray()));
            }
        }
    }

    [Theory]
    [InlineData(8, 8, 3, 1, 1, 8, 40, true)]
    [InlineData(8, 8, 3, 1, 1, 8, 39, false)]
    [InlineData(8, 8, 3, 2, 1, 8, 72, true)]
    [InlineData(8, 8, 3, 2, 0, 8, 72, false)]
    [InlineData(8, 8, 5, 1, 2, 8, 200, false)]
    [InlineData(8, 16, 3, 1, 1, 8, 144, false)]
    [InlineData(8, 8, 3, 1, 1, 4, 144, false)]
    public void Suits_OneKernelAChannelWithMostTapsKept(int inputs, int outputs, int kernel, int stride, int padding, int groups, int kept, bool expected)
        => Assert.Equal(expected, DepthwisePath.Suits(new ConvolutionShape(inputs, outputs, kernel, stride, padding, groups), kept));

    [Fact]
    public void Passes_AllocateNoManagedMemory()
    {
        using var fixture = new LayerFixture(new ConvolutionShape(8, 8, 3, 2, 1, 8), 9, 9, 0.9, 40, hasBias: true, VectorWidths.Best);
        fixture.Forward();
        fixture.Backward();
        long before = GC.GetAllocatedBytesForCurrentThread();
        fixture.Forward();
        fixture.Backward();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static int[] Bits(float[] values) => [.. values.Select(BitConverter.SingleToInt32Bits)];
}
