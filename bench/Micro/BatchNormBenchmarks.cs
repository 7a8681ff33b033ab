using BenchmarkDotNet.Attributes;
using Federated.Engine.Kernels;
using Federated.Engine.Layers;
using Federated.Engine.Randomness;
using Federated.Engine.Tensors;

namespace Federated.Micro;

/// <summary>
/// The sweeps of batch normalisation over all channels of a batch of 64 on one thread: from memory where the tensors are large. In a network most of them
/// run on one group of blocks at a time and find it in a cache.
/// </summary>
public unsafe class BatchNormBenchmarks
{
    private const int Batch = 64;

    private readonly List<NativeBuffer<float>> buffers = [];
    private Geometry geometry;
    private float* input;
    private float* residual;
    private float* output;
    private float* gradient;
    private float* inputGradient;

    /// <summary>Channels, and rows and columns.</summary>
    [Params("64 32", "512 4")]
    public string Shape { get; set; } = "";

    /// <summary>Draws the tensors.</summary>
    [GlobalSetup]
    public void Setup()
    {
        int[] numbers = [.. Shape.Split(' ').Select(int.Parse)];
        geometry = new Geometry(numbers[0], numbers[1], numbers[1], Padding: 1);
        var random = new KeyedRandom(new RandomKey(1, RandomPurpose.Synthetic));
        input = Tensor(ref random);
        residual = Tensor(ref random);
        output = Tensor(ref random);
        gradient = Tensor(ref random);
        inputGradient = Tensor(ref random);
    }

    /// <summary>Frees them.</summary>
    [GlobalCleanup]
    public void Cleanup()
    {
        foreach (NativeBuffer<float> buffer in buffers)
            buffer.Dispose();
        buffers.Clear();
    }

    /// <summary>Means and squared distances: reads one tensor.</summary>
    [Benchmark]
    public double Moments()
    {
        double sum = 0;
        for (int block = 0; block < Geometry.BlocksFor(Batch); block++)
        {
            for (int channel = 0; channel < geometry.Channels; channel++)
                sum += Sweeps(block).Moments(Plane(input, channel)).Squares;
        }

        return sum;
    }

    /// <summary>Normalisation and ReLU: reads one tensor, writes one.</summary>
    [Benchmark]
    public void Apply()
    {
        for (int block = 0; block < Geometry.BlocksFor(Batch); block++)
        {
            for (int channel = 0; channel < geometry.Channels; channel++)
                Sweeps(block).Apply<Off, On>(Plane(input, channel), default, Plane(output, channel), 0.1f, 0.5f, 0.2f);
        }
    }

    /// <summary>The same after the addition of a residual: reads two tensors, writes one.</summary>
    [Benchmark]
    public void ApplyWithResidual()
    {
        for (int block = 0; block < Geometry.BlocksFor(Batch); block++)
        {
            for (int channel = 0; channel < geometry.Channels; channel++)
                Sweeps(block).Apply<On, On>(Plane(input, channel), Plane(residual, channel), Plane(output, channel), 0.1f, 0.5f, 0.2f);
        }
    }

    /// <summary>The sums that the gradients of scale and shift are: reads two tensors.</summary>
    [Benchmark]
    public double GradientSums()
    {
        double sum = 0;
        for (int block = 0; block < Geometry.BlocksFor(Batch); block++)
        {
            for (int channel = 0; channel < geometry.Channels; channel++)
                sum += Sweeps(block).GradientSums<On, Off, Off, Off, Off>(Plane(input, channel), default, Plane(gradient, channel), default, 0.1f, 0.5f, 0.2f).CentredProduct;
        }

        return sum;
    }

    /// <summary>The input's gradient: reads two tensors, writes one.</summary>
    [Benchmark]
    public void InputGradient()
    {
        for (int block = 0; block < Geometry.BlocksFor(Batch); block++)
        {
            for (int channel = 0; channel < geometry.Channels; channel++)
            {
                Sweeps(block).InputGradient<On, Off>(
                    Plane(input, channel), Plane(gradient, channel), Plane(inputGradient, channel), 0.1f, 0.5f, 0.2f, 0.5f, -0.01f, 0.02f);
            }
        }
    }

    private BatchNormSweeps Sweeps(int block) => new(geometry.Height, geometry.Width, block, Batch);

    private Plane Plane(float* tensor, int channel) => new(geometry, tensor, channel);

    private float* Tensor(ref KeyedRandom random)
    {
        long length = geometry.BlockStride * Geometry.BlocksFor(Batch);
        var buffer = new NativeBuffer<float>(length);
        buffers.Add(buffer);
        for (long i = 0; i < length; i++)
            buffer.Pointer[i] = (2 * random.NextSingle()) - 1;
        return buffer.Pointer;
    }
}
