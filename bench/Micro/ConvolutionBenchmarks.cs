using BenchmarkDotNet.Attributes;
using Federated.Bench;
using Federated.Engine.Kernels;
using Federated.Engine.Layers;

namespace Federated.Micro;

/// <summary>
/// The product and gradient kernels behind the convolutions of ResNet-18 and a depthwise one of MobileNet-V1, batch 64, one thread: the pattern's kernels at low densities, the
/// dense and the depthwise ones at density 1.
/// </summary>
public class ConvolutionBenchmarks
{
    private LayerSubject? whole;
    private LayerSubject? weightsOnly;

    /// <summary>Input channels, output channels, rows and columns, kernel, stride, groups.</summary>
    [Params("64 64 32 3 1 1", "128 128 16 3 1 1", "256 256 8 3 1 1", "512 512 4 3 1 1", "64 128 32 3 2 1", "64 128 32 1 2 1", "128 128 16 3 1 128")]
    public string Shape { get; set; } = "";

    /// <summary>Kept share of the weights.</summary>
    [Params(0.01, 0.05, 1)]
    public double Density { get; set; }

    /// <summary>Makes the layers.</summary>
    [GlobalSetup]
    public void Setup()
    {
        int[] numbers = [.. Shape.Split(' ').Select(int.Parse)];
        var shape = new ConvolutionShape(numbers[0], numbers[1], numbers[3], numbers[4], numbers[3] / 2, numbers[5]);
        whole = new LayerSubject(shape, numbers[2], Density, batch: 64, grow: 0, VectorWidths.Best);
        weightsOnly = new LayerSubject(shape, numbers[2], Density, batch: 64, grow: 0, VectorWidths.Best);
        weightsOnly.WithoutInputGradient();
    }

    /// <summary>Frees their memory.</summary>
    [GlobalCleanup]
    public void Cleanup()
    {
        whole?.Dispose();
        weightsOnly?.Dispose();
    }

    /// <summary>The product: outputs from inputs.</summary>
    [Benchmark]
    public void Forward() => whole!.Forward();

    /// <summary>The gradient of the weights.</summary>
    [Benchmark]
    public void WeightGradient() => weightsOnly!.Backward();

    /// <summary>The gradients of the weights and, by the transposed product, of the inputs.</summary>
    [Benchmark]
    public void Backward() => whole!.Backward();
}
