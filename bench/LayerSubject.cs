using Federated.Engine.Kernels;
using Federated.Engine.Layers;
using Federated.Engine.Networks;
using Federated.Engine.Parameters;
using Federated.Engine.Randomness;
using Federated.Engine.Tensors;

namespace Federated.Bench;

/// <summary>One convolution layer with random weights, a random mask and buffers of its own.</summary>
internal sealed unsafe class LayerSubject : IDisposable
{
    private readonly List<NativeBuffer<float>> buffers = [];
    private readonly ActivationTensor input;
    private readonly ConvolutionLayer layer;
    private readonly int batch;
    private readonly int grow;
    private readonly NativeBuffer<float> values;
    private readonly NativeBuffer<float> gradients;

    public LayerSubject(ConvolutionShape shape, int size, double density, int batch, int grow, VectorWidth width)
        : this(shape, size, size, density, batch, grow, width)
    {
    }

    public LayerSubject(ConvolutionShape shape, int rows, int columns, double density, int batch, int grow, VectorWidth width)
    {
        this.batch = batch;
        this.grow = grow;
        int border = Math.Max(ConvolutionLayer.RequiredInputPadding(shape), ConvolutionLayer.RequiredGradientPadding(shape));
        int outputRows = shape.OutputSize(rows);
        int outputColumns = shape.OutputSize(columns);
        var weight = new ParameterTensor(
            "weight", ParameterKind.ConvolutionWeight, [shape.OutputChannels, shape.InputChannelsPerGroup, shape.Kernel, shape.Kernel], 0, outputRows * outputColumns, 0);
        var layout = new ParameterLayout([weight]);
        var random = new KeyedRandom(new RandomKey(1, RandomPurpose.Initialization, 0, 0, 0));
        int[] positions = [.. Enumerable.Range(0, weight.Count)];
        random.Shuffle<int>(positions);
        Weights = (int)Math.Round(weight.Count * density);
        var mask = new Mask(layout, [BitSet.FromPositions(weight.Count, positions.AsSpan(0, Weights))]);
        values = Buffer(Weights);
        gradients = Buffer(Weights);
        Fill(ref random, new Span<float>(values.Pointer, Weights));
        input = Tensor(ref random, new Geometry(shape.InputChannels, rows, columns, border));
        ActivationTensor output = Tensor(ref random, new Geometry(shape.OutputChannels, outputRows, outputColumns, border));
        layer = new ConvolutionLayer(input, output, shape, 0, -1, layout, accumulateInputGradient: false, width, Geometry.BlocksFor(batch));
        layer.MaskChanged(mask);
    }

    /// <summary>Kept weights.</summary>
    public int Weights { get; }

    public void Forward()
    {
        StepContext step = Step();
        layer.Forward(ref step);
    }

    public void Backward()
    {
        StepContext step = Step();
        if (grow > 0)
        {
            step.Probe = new GradientProbe();
            step.Probe.Request(0, grow);
        }

        layer.Backward(ref step);
    }

    /// <summary>The input's gradient, with what prepares for it.</summary>
    public void InputGradient()
    {
        StepContext step = Step();
        layer.PrepareBackward(ref step);
        layer.InputGradient(ref step, new BlockRange(0, step.Blocks));
    }

    /// <summary>The weights' gradient.</summary>
    public void WeightGradient()
    {
        StepContext step = Step();
        step.GroupGradients = step.Gradients;
        layer.WeightGradient(ref step, new BlockRange(0, step.Blocks));
    }

    /// <summary>From now on the backward pass computes the weights' gradient only.</summary>
    public void WithoutInputGradient() => input.Gradient = null;

    public void Dispose()
    {
        layer.Dispose();
        foreach (NativeBuffer<float> buffer in buffers)
            buffer.Dispose();
    }

    private static void Fill(ref KeyedRandom random, Span<float> values)
    {
        foreach (ref float value in values)
            value = (2 * random.NextSingle()) - 1;
    }

    private StepContext Step() => new()
    {
        Count = batch,
        Blocks = Geometry.BlocksFor(batch),
        Values = values.Pointer,
        Gradients = gradients.Pointer,
    };

    private NativeBuffer<float> Buffer(long length)
    {
        var buffer = new NativeBuffer<float>(length);
        buffers.Add(buffer);
        return buffer;
    }

    private ActivationTensor Tensor(ref KeyedRandom random, Geometry geometry)
    {
        long length = geometry.BlockStride * Geometry.BlocksFor(batch);
        var tensor = new ActivationTensor(geometry) { Data = Buffer(length).Pointer, Gradient = Buffer(length).Pointer };
        for (long i = 0; i < length; i++)
        {
            // Borders too: they do not change the time.
            tensor.Data[i] = (2 * random.NextSingle()) - 1;
            tensor.Gradient[i] = (2 * random.NextSingle()) - 1;
        }

        return tensor;
    }
}
