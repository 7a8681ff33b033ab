using Federated.Engine.Kernels;
using Federated.Engine.Layers;
using Federated.Engine.Losses;
using Federated.Engine.Networks;
using Federated.Engine.Parameters;
using Federated.Engine.Tensors;
using Federated.Engine.Tests.Reference;

namespace Federated.Engine.Tests.Golden;

/// <summary>
/// Runs one layer of the engine on given activations and a given gradient of its output. The layer stands in a plan behind 1×1 convolutions, which are
/// never run but make the plan give its inputs a gradient. Lanes without image hold large numbers, so that a layer that reads them is found out.
/// </summary>
internal sealed unsafe class EngineLayer : IDisposable
{
    private const float DeadLane = 1000;

    private readonly LayerCase layer;
    private readonly NetworkPlan plan;
    private readonly List<NativeBuffer<float>> memory = [];
    private readonly ActivationTensor[] tensors;
    private readonly int operation;
    private readonly ReferenceShape shape;
    private readonly VectorWidth width;

    private EngineLayer(LayerCase layer, VectorWidth width)
    {
        this.layer = layer;
        this.width = width;
        shape = layer.Shape("x");
        var builder = new NetworkBuilder(layer.Name, 1, shape.Height, shape.Width);
        NetworkValue x = builder.Convolution("front", builder.Input, shape.Channels, kernel: 1);
        NetworkValue? residual = layer.Flag("residual") ? builder.Convolution("front of the residual", builder.Input, shape.Channels, kernel: 1) : null;
        NetworkValue y = Add(builder, x, residual);
        operation = residual is null ? 1 : 2;
        plan = builder.Build(y is { Height: 1, Width: 1 } ? y : builder.GlobalAveragePool("back", y));
        tensors = [.. Enumerable.Range(0, plan.Values.Length).Select(Tensor)];
    }

    private ActivationTensor Input => tensors[1];

    private ActivationTensor Output => tensors[plan.Operations[operation].Output];

    /// <summary>Outputs and gradients by the names they have in the fixture.</summary>
    public static Dictionary<string, float[]> Run(LayerCase layer, VectorWidth width)
    {
        using var engine = new EngineLayer(layer, width);
        return engine.Run();
    }

    /// <summary>The loss and its gradient with respect to the logits.</summary>
    public static (double Loss, float[] Gradient) RunLoss(LayerCase layer)
    {
        ReferenceShape shape = layer.Shape("x");
        var builder = new NetworkBuilder(layer.Name, 1, 1, 1);
        NetworkPlan plan = builder.Build(builder.Linear("logits", builder.Input, shape.Channels));
        using var arena = new Arena(plan, Geometry.BlocksFor(shape.Batch));
        ActivationTensor logits = arena.Tensors[plan.Output];
        Fill(logits.Geometry, logits.Data, shape.Batch, layer.Singles("x"), DeadLane);
        LossResult result = SoftmaxCrossEntropy.Compute(logits, layer.Labels(), (float)layer.Number("smoothing"));
        return (result.LossSum / shape.Batch, Take(logits.GradientGeometry, logits.Gradient, shape.Batch, expectZeros: true));
    }

    public void Dispose()
    {
        foreach (NativeBuffer<float> buffer in memory)
            buffer.Dispose();
    }

    // Each value has memory of its own here, whatever the plan shares.
    private ActivationTensor Tensor(int value) => new(plan.Buffers.Geometry(value), plan.Buffers.GradientGeometry(value))
    {
        Data = Allocate(plan.Buffers.Geometry(value)),
        Gradient = value == 0 ? null : Allocate(plan.Buffers.GradientGeometry(value)),
    };

    private float* Allocate(Geometry geometry)
    {
        var buffer = new NativeBuffer<float>(geometry.BlockStride * Geometry.BlocksFor(shape.Batch));
        memory.Add(buffer);
        return buffer.Pointer;
    }

    private NetworkValue Add(NetworkBuilder builder, NetworkValue x, NetworkValue? residual) => layer.Kind switch
    {
        "convolution" => builder.Convolution(
            "layer", x, layer.Integer("outputs"), layer.Integer("kernel"), layer.Integer("stride"), layer.Integer("padding"), layer.Integer("groups"), layer.Has("bias")),
        "linear" => builder.Linear("layer", x, layer.Integer("outputs"), layer.Has("bias")),
        "batch norm" => builder.BatchNorm("layer", x, layer.Flag("relu"), residual),
        "group norm" => builder.GroupNorm("layer", x, layer.Integer("groups")),
        "layer norm" => builder.LayerNorm("layer", x),
        "gelu" => builder.Gelu("layer", x),
        "relu" => builder.Relu("layer", x),
        "attention" => builder.MultiHeadAttention("layer", x, layer.Integer("heads")),
        "max pool" => builder.MaxPool("layer", x, layer.Integer("kernel"), layer.Integer("stride"), layer.Integer("padding")),
        "average pool" => builder.AveragePool("layer", x, layer.Integer("kernel"), layer.Integer("stride")),
        "adaptive average pool" => builder.AdaptiveAveragePool("layer", x, layer.Integer("height"), layer.Integer("width")),
        _ => throw new ArgumentException($"{layer.Name} is of the unknown kind {layer.Kind}."),
    };

    private Dictionary<string, float[]> Run()
    {
        Layer[] layers = LayerFactory.Create(plan, tensors, width, Geometry.BlocksFor(shape.Batch), threads: 1);
        try
        {
            return Run(layers[operation]);
        }
        finally
        {
            foreach (Layer each in layers)
                (each as IDisposable)?.Dispose();
        }
    }

    private Dictionary<string, float[]> Run(Layer engine)
    {
        Mask mask = KeptWeights();
        float[] dense = new float[plan.Parameters.Count];
        foreach ((string parameter, string input) in Parameters())
            layer.Singles(input).CopyTo(dense, plan.Parameters.Tensors[plan.Parameters.IndexOf(parameter)].Offset);
        float[] values = new float[mask.Count];
        mask.Gather(dense, values);
        float[] gradients = new float[mask.Count];
        float[] statistics = layer.Kind is "batch norm" ? [.. layer.Singles("running_mean"), .. layer.Singles("running_var")] : [];
        Fill(Input.Geometry, Input.Data, shape.Batch, layer.Singles("x"), DeadLane);
        if (layer.Flag("residual"))
            Fill(tensors[2].Geometry, tensors[2].Data, shape.Batch, layer.Singles("residual"), DeadLane);
        engine.MaskChanged(mask);

        var results = new Dictionary<string, float[]>(StringComparer.Ordinal);
        fixed (float* valuesPointer = values, gradientsPointer = gradients, statisticsPointer = statistics)
        {
            var step = new StepContext
            {
                Count = shape.Batch,
                Blocks = Geometry.BlocksFor(shape.Batch),
                Mode = layer.Kind is "batch norm" && !layer.Flag("train") ? ForwardMode.Evaluate : ForwardMode.Train,
                Values = valuesPointer,
                Gradients = gradientsPointer,
                Statistics = statisticsPointer,
            };
            engine.Forward(ref step);
            results["y"] = Take(Output.Geometry, Output.Data, shape.Batch, expectZeros: false);
            Fill(Output.GradientGeometry, Output.Gradient, shape.Batch, layer.Singles("dy"), 0);
            engine.Backward(ref step);
        }

        results["dx"] = Take(Input.GradientGeometry, Input.Gradient, shape.Batch, expectZeros: true);
        if (layer.Flag("residual"))
            results["dresidual"] = Take(tensors[2].GradientGeometry, tensors[2].Gradient, shape.Batch, expectZeros: true);
        mask.Scatter(gradients, dense);
        foreach ((string parameter, string input) in Parameters())
        {
            ParameterTensor tensor = plan.Parameters.Tensors[plan.Parameters.IndexOf(parameter)];
            results["d" + input] = dense[tensor.Offset..(tensor.Offset + tensor.Count)];
        }

        if (layer.Flag("train"))
        {
            results["mean"] = statistics[..shape.Channels];
            results["var"] = statistics[shape.Channels..];
        }

        return results;
    }

    private IEnumerable<(string Parameter, string Input)> Parameters()
    {
        (string, string)[] all = layer.Has("scale") ? [("layer.weight", "scale"), ("layer.bias", "shift")] : [("layer.weight", "weight"), ("layer.bias", "bias")];
        return all.Where(pair => layer.Has(pair.Item2));
    }

    private Mask KeptWeights()
    {
        var sets = new BitSet?[plan.Parameters.Tensors.Length];
        if (layer.Has("weight") && layer.Number("density") < 1)
        {
            float[] weights = layer.Singles("weight");
            sets[plan.Parameters.IndexOf("layer.weight")] = BitSet.FromPositions(weights.Length, [.. Enumerable.Range(0, weights.Length).Where(i => weights[i] != 0)]);
        }

        return new Mask(plan.Parameters, sets);
    }

    private static void Fill(Geometry geometry, float* to, int batch, float[] images, float deadLane)
    {
        int next = 0;
        for (int image = 0; image < Geometry.BlocksFor(batch) * Geometry.Lanes; image++)
        {
            for (int channel = 0; channel < geometry.Channels; channel++)
            {
                for (int pixel = 0; pixel < geometry.Positions; pixel++)
                    *At(geometry, to, image, channel, pixel) = image < batch ? images[next++] : deadLane;
            }
        }
    }

    private static float[] Take(Geometry geometry, float* from, int batch, bool expectZeros)
    {
        float[] images = new float[batch * geometry.Channels * geometry.Positions];
        int next = 0;
        for (int image = 0; image < Geometry.BlocksFor(batch) * Geometry.Lanes; image++)
        {
            for (int channel = 0; channel < geometry.Channels; channel++)
            {
                for (int pixel = 0; pixel < geometry.Positions; pixel++)
                {
                    float value = *At(geometry, from, image, channel, pixel);
                    if (image < batch)
                        images[next++] = value;
                    else if (expectZeros && value != 0)
                        throw new InvalidOperationException($"Lane {image} has no image, but a gradient of {value}.");
                }
            }
        }

        return images;
    }

    private static float* At(Geometry geometry, float* buffer, int image, int channel, int pixel)
        => buffer + (image / Geometry.Lanes * geometry.BlockStride) + ((long)channel * geometry.PlaneStride) + geometry.Interior
            + (pixel / geometry.Width * geometry.RowStride) + (pixel % geometry.Width * Geometry.Lanes) + (image % Geometry.Lanes);
}
