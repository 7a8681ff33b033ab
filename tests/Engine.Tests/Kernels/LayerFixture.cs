using Federated.Engine.Kernels;
using Federated.Engine.Layers;
using Federated.Engine.Networks;
using Federated.Engine.Parameters;
using Federated.Engine.Randomness;
using Federated.Engine.Tensors;

namespace Federated.Engine.Tests.Kernels;

/// <summary>One convolution or linear layer with random tensors, its mask and its buffers. Lanes beyond the batch hold garbage activations and zero gradients.</summary>
internal sealed unsafe class LayerFixture : IDisposable
{
    private readonly List<IDisposable> owned = [];
    private readonly WeightedLayer layer;
    private readonly NativeBuffer<float> values;
    private readonly NativeBuffer<float> gradients;

    public LayerFixture(ConvolutionShape shape, int height, int width, double density, int batch, bool hasBias, VectorWidth vectors,
        bool accumulate = false, bool isLinear = false, int extraBorder = 0, int seed = 1)
    {
        Shape = shape;
        Batch = batch;
        Blocks = Geometry.BlocksFor(batch);
        HasBias = hasBias;
        IsLinear = isLinear;
        int inputPadding = isLinear ? extraBorder : ConvolutionLayer.RequiredInputPadding(shape) + extraBorder;
        int outputPadding = isLinear ? extraBorder : ConvolutionLayer.RequiredGradientPadding(shape) + extraBorder;
        var inputGeometry = new Geometry(shape.InputChannels, height, width, inputPadding);
        Geometry outputGeometry = isLinear
            ? new Geometry(shape.OutputChannels, 1, 1, outputPadding)
            : new Geometry(shape.OutputChannels, shape.OutputSize(height), shape.OutputSize(width), outputPadding);
        int fanIn = isLinear ? shape.InputChannels * height * width : shape.FanIn;
        var weight = isLinear
            ? new ParameterTensor("weight", ParameterKind.LinearWeight, [shape.OutputChannels, fanIn], 3, 1, 0)
            : new ParameterTensor("weight", ParameterKind.ConvolutionWeight,
                [shape.OutputChannels, shape.InputChannelsPerGroup, shape.Kernel, shape.Kernel], 3, outputGeometry.Positions, 0);
        // Something stands before the weights, so that an ignored offset shows.
        List<ParameterTensor> tensors = [new ParameterTensor("before", ParameterKind.NormalizationScale, [3], 0, 1, 0), weight];
        if (hasBias)
            tensors.Add(new ParameterTensor("bias", ParameterKind.Bias, [shape.OutputChannels], 3 + weight.Count, 1, 0));
        var layout = new ParameterLayout(tensors);
        var random = new KeyedRandom(new RandomKey((ulong)seed, RandomPurpose.Initialization, 0, 0, 0));
        BitSet? kept = density >= 1 ? null : RandomSet(ref random, weight.Count, density);
        BitSet?[] sets = new BitSet?[tensors.Count];
        sets[1] = kept;
        Mask = new Mask(layout, sets);
        Input = Tensor(inputGeometry);
        Output = Tensor(outputGeometry);
        values = Own(new NativeBuffer<float>(Mask.Count));
        gradients = Own(new NativeBuffer<float>(Mask.Count));
        Fill(ref random, Values);
        // Whatever a pass should overwrite starts as garbage.
        new Span<float>(gradients.Pointer, Mask.Count).Fill(77);
        FillImages(ref random, Input.Data, inputGeometry, liveOnly: false);
        FillImages(ref random, Output.Data, outputGeometry, liveOnly: false);
        FillImages(ref random, Output.Gradient, outputGeometry, liveOnly: true);
        FillImages(ref random, Input.Gradient, inputGeometry, liveOnly: true);
        InitialInputGradient = Copy(Input.Gradient, inputGeometry);
        Accumulate = accumulate;
        int bias = hasBias ? 2 : -1;
        layer = isLinear
            ? Own(new LinearLayer(Input, Output, 1, bias, layout, accumulate, vectors, Blocks))
            : Own(new ConvolutionLayer(Input, Output, shape, 1, bias, layout, accumulate, vectors, Blocks));
        layer.MaskChanged(Mask);
    }

    public ConvolutionShape Shape { get; }

    public int Batch { get; }

    public int Blocks { get; }

    public bool HasBias { get; }

    public bool IsLinear { get; }

    public bool Accumulate { get; }

    public Mask Mask { get; }

    public ActivationTensor Input { get; }

    public ActivationTensor Output { get; }

    public float[] InitialInputGradient { get; }

    public Layer Layer => layer;

    public Span<float> Values => new(values.Pointer, Mask.Count);

    public Span<float> Gradients => new(gradients.Pointer, Mask.Count);

    public GradientProbe? Probe { get; set; }

    public float[] InputGradient => Copy(Input.Gradient, Input.Geometry);

    public float[] OutputData => Copy(Output.Data, Output.Geometry);

    public float[] InputData => Copy(Input.Data, Input.Geometry);

    public float[] OutputGradient => Copy(Output.Gradient, Output.Geometry);

    public void Forward()
    {
        StepContext step = Step();
        layer.Forward(ref step);
    }

    public void Backward()
    {
        StepContext step = Step();
        layer.Backward(ref step);
    }

    /// <summary>Takes the other's input and output gradient (same shapes and batch).</summary>
    public void CopyImagesFrom(LayerFixture other)
    {
        other.InputData.CopyTo(new Span<float>(Input.Data, other.InputData.Length));
        other.OutputGradient.CopyTo(new Span<float>(Output.Gradient, other.OutputGradient.Length));
    }

    /// <summary>Overwrites the input's gradient (same shape and batch).</summary>
    public void SetInputGradient(float[] gradient) => gradient.CopyTo(new Span<float>(Input.Gradient, gradient.Length));

    public void Dispose()
    {
        foreach (IDisposable one in owned)
            one.Dispose();
    }

    /// <summary>Offset of one image's pixel in a buffer.</summary>
    public static int At(Geometry geometry, int image, int channel, int row, int column)
        => (int)(image / 16 * geometry.BlockStride) + (channel * geometry.PlaneStride) + geometry.Interior
            + (row * geometry.RowStride) + (column * 16) + (image % 16);

    private static BitSet RandomSet(ref KeyedRandom random, int count, double density)
    {
        int[] positions = [.. Enumerable.Range(0, count)];
        random.Shuffle<int>(positions);
        int kept = density == 0 ? 0 : Math.Max(1, (int)(count * density));
        return BitSet.FromPositions(count, positions.AsSpan(0, kept));
    }

    private static void Fill(ref KeyedRandom random, Span<float> values)
    {
        foreach (ref float value in values)
            value = (2 * random.NextSingle()) - 1;
    }

    private StepContext Step() => new()
    {
        Count = Batch,
        Blocks = Blocks,
        Values = values.Pointer,
        Gradients = gradients.Pointer,
        Probe = Probe,
    };

    private T Own<T>(T item)
        where T : IDisposable
    {
        owned.Add(item);
        return item;
    }

    private ActivationTensor Tensor(Geometry geometry) => new(geometry)
    {
        Data = Own(new NativeBuffer<float>(geometry.BlockStride * Blocks)).Pointer,
        Gradient = Own(new NativeBuffer<float>(geometry.BlockStride * Blocks)).Pointer,
    };

    private float[] Copy(float* buffer, Geometry geometry) => new Span<float>(buffer, (int)(geometry.BlockStride * Blocks)).ToArray();

    private void FillImages(ref KeyedRandom random, float* buffer, Geometry geometry, bool liveOnly)
    {
        for (int image = 0; image < (liveOnly ? Batch : Blocks * 16); image++)
        {
            for (int channel = 0; channel < geometry.Channels; channel++)
            {
                for (int row = 0; row < geometry.Height; row++)
                {
                    for (int column = 0; column < geometry.Width; column++)
                        buffer[At(geometry, image, channel, row, column)] = (2 * random.NextSingle()) - 1;
                }
            }
        }
    }
}
