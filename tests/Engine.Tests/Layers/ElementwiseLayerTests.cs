using System.Runtime.InteropServices;
using Federated.Engine.Layers;
using Federated.Engine.Losses;
using Federated.Engine.Networks;
using Federated.Engine.Numerics;
using Federated.Engine.Tensors;
using Xunit;

namespace Federated.Engine.Tests.Layers;

/// <summary>Numbers worked out by hand, and what a whole network's comparison cannot show: NaN, ties, extreme values, lanes without image.</summary>
public sealed unsafe class ElementwiseLayerTests : IDisposable
{
    private readonly List<nint> memory = [];

    [Fact]
    public void MaxPool_FirstOfEqualValuesTakesTheGradient()
    {
        ActivationTensor x = Tensor(new Geometry(1, 2, 2, 1));
        ActivationTensor y = Tensor(new Geometry(1, 1, 1, 0));
        Set(x.Data, x.Geometry, 3, [1, 5, 5, 2]);
        var layer = new MaxPoolLayer(x, y, PoolWindows.Sliding(2, 2, kernel: 2, stride: 2, padding: 0), accumulate: false);
        StepContext step = Step(4);
        layer.Forward(ref step);
        Assert.Equal([5], Get(y.Data, y.Geometry, 3));
        Set(y.Gradient, y.Geometry, 3, [7]);
        layer.Backward(ref step);
        Assert.Equal([0, 7, 0, 0], Get(x.Gradient, x.Geometry, 3));
    }

    [Fact]
    public void MaxPoolAndRelu_KeepNaN()
    {
        ActivationTensor x = Tensor(new Geometry(1, 2, 2, 0));
        ActivationTensor y = Tensor(new Geometry(1, 1, 1, 0));
        Set(x.Data, x.Geometry, 0, [1, float.NaN, 9, -3]);
        StepContext step = Step(1);
        new ReluLayer(x, x, accumulate: false).Forward(ref step);
        Assert.Equal([1, float.NaN, 9, 0], Get(x.Data, x.Geometry, 0));
        new MaxPoolLayer(x, y, PoolWindows.Sliding(2, 2, kernel: 2, stride: 2, padding: 0), accumulate: false).Forward(ref step);
        Assert.Equal([float.NaN], Get(y.Data, y.Geometry, 0));
    }

    [Fact]
    public void AdaptiveWindows_AreThoseOfPyTorch()
    {
        Assert.Equal([(0, 2), (1, 4), (3, 5)], PoolWindows.Adaptive(5, 5, 3, 3).Rows.Select(static r => (r.Start, r.End)));
        Assert.Equal([(0, 1), (0, 1), (0, 1)], PoolWindows.Adaptive(1, 1, 3, 3).Rows.Select(static r => (r.Start, r.End)));
    }

    [Fact]
    public void BatchNorm_OfLargeMeans_KeepsTheVariance()
    {
        // Values 10,000 ± 1: E[x²] − E[x]² in single precision would have lost the variance altogether.
        ActivationTensor x = Tensor(new Geometry(1, 8, 8, 0));
        ActivationTensor y = Tensor(new Geometry(1, 8, 8, 0));
        for (int image = 0; image < 16; image++)
            Set(x.Data, x.Geometry, image, [.. Enumerable.Range(0, 64).Select(static i => i % 2 == 0 ? 9_999f : 10_001f)]);
        var layer = new BatchNormLayer(new BatchNormOperation("bn", 0, 1, 0, 1, 0, -1, Relu: false), x, y, residual: null, accumulateInput: false, accumulateResidual: false, maximumBlocks: 1);
        float* values = stackalloc float[] { 1, 0 };
        float* statistics = stackalloc float[] { 0, 1 };
        StepContext step = Step(16);
        step.Values = values;
        step.Statistics = statistics;
        // Offsets of scale and shift are those of an empty mask: both read the first value, 1.
        layer.Forward(ref step);
        float[] normalized = Get(y.Data, y.Geometry, 5);
        Assert.Equal(0, normalized[0], 1e-4f);
        Assert.Equal(2, normalized[1], 1e-4f);
        Assert.Equal(1_000, statistics[0], 1e-2f);
        Assert.Equal(0.9 + (0.1 * 1024 / 1023), statistics[1], 1e-6);
    }

    [Fact]
    public void BatchNorm_OfOneValue_LeavesTheRunningVariance()
    {
        ActivationTensor x = Tensor(new Geometry(1, 1, 1, 0));
        ActivationTensor y = Tensor(new Geometry(1, 1, 1, 0));
        Set(x.Data, x.Geometry, 0, [3]);
        Set(x.Data, x.Geometry, 1, [float.NaN]); // no image: must not matter
        var layer = new BatchNormLayer(new BatchNormOperation("bn", 0, 1, 0, 1, 0, -1, Relu: false), x, y, residual: null, accumulateInput: false, accumulateResidual: false, maximumBlocks: 1);
        float* values = stackalloc float[] { 1, 0 };
        float* statistics = stackalloc float[] { 0, 1 };
        StepContext step = Step(1);
        step.Values = values;
        step.Statistics = statistics;
        layer.Forward(ref step);
        Assert.Equal(0.3f, statistics[0], 1e-6f);
        Assert.Equal(1, statistics[1]);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0.1f)]
    public void CrossEntropy_OfEqualLogits_IsTheLogarithmOfTheClasses(float smoothing)
    {
        ActivationTensor logits = Tensor(new Geometry(1000, 1, 1, 0));
        new Span<float>(logits.Gradient, 16_000).Fill(9);
        LossResult result = SoftmaxCrossEntropy.Compute(logits, [0, 999, 5], smoothing);
        Assert.Equal(3 * DeterministicMath.Log(1000), result.LossSum, 1e-9);
        Assert.Equal(1, result.Correct); // the first of equal logits
        float[] gradient = Get(logits.Gradient, logits.Geometry, 1);
        double uniform = ((1.0 / 1000) - (smoothing / 1000)) / 3;
        Assert.Equal(uniform, gradient[0], 1e-8);
        Assert.Equal(uniform - ((1 - smoothing) / 3), gradient[999], 1e-7);
        Assert.All(Get(logits.Gradient, logits.Geometry, 3), static g => Assert.Equal(0, g));
        Assert.All(Get(logits.Gradient, logits.Geometry, 15), static g => Assert.Equal(0, g));
    }

    [Fact]
    public void CrossEntropy_OfHugeLogits_IsFinite()
    {
        ActivationTensor logits = Tensor(new Geometry(2, 1, 1, 0));
        Set(logits.Data, logits.Geometry, 0, [1e30f, -1e30f]);
        Set(logits.Data, logits.Geometry, 1, [1e4f, 0]);
        LossResult result = SoftmaxCrossEntropy.Compute(logits, [0, 1], smoothing: 0);
        Assert.Equal(1e4, result.LossSum, 1e-6);
        Assert.Equal(1, result.Correct);
        Assert.Equal([0.5f, -0.5f], Get(logits.Gradient, logits.Geometry, 1));
    }

    [Fact]
    public void CrossEntropy_OfNaN_IsNaNAndNeverCorrect()
    {
        ActivationTensor logits = Tensor(new Geometry(2, 1, 1, 0));
        Set(logits.Data, logits.Geometry, 0, [float.NaN, float.NaN]);
        LossResult result = SoftmaxCrossEntropy.Compute(logits, [0], smoothing: 0);
        Assert.True(double.IsNaN(result.LossSum));
        Assert.Equal(0, result.Correct);
    }

    public void Dispose()
    {
        foreach (nint pointer in memory)
            NativeMemory.AlignedFree((void*)pointer);
    }

    private static StepContext Step(int count) => new() { Count = count, Blocks = Geometry.BlocksFor(count), Mode = ForwardMode.Train };

    private static void Set(float* buffer, Geometry geometry, int image, float[] values)
    {
        for (int i = 0; i < values.Length; i++)
            buffer[Offset(geometry, image, i)] = values[i];
    }

    private static float[] Get(float* buffer, Geometry geometry, int image) =>
        [.. Enumerable.Range(0, geometry.Channels * geometry.Positions).Select(i => buffer[Offset(geometry, image, i)])];

    private static long Offset(Geometry geometry, int image, int value)
    {
        int row = value / geometry.Width % geometry.Height;
        return (image / Geometry.Lanes * geometry.BlockStride) + ((long)(value / geometry.Positions) * geometry.PlaneStride) + geometry.Interior
            + (row * geometry.RowStride) + (value % geometry.Width * Geometry.Lanes) + (image % Geometry.Lanes);
    }

    private ActivationTensor Tensor(Geometry geometry) => new(geometry) { Data = Allocate(geometry), Gradient = Allocate(geometry) };

    private float* Allocate(Geometry geometry)
    {
        nuint bytes = (nuint)(geometry.BlockStride * sizeof(float));
        float* pointer = (float*)NativeMemory.AlignedAlloc(bytes, 64);
        NativeMemory.Clear(pointer, bytes);
        memory.Add((nint)pointer);
        return pointer;
    }
}
