using System.Collections.Immutable;
using Federated.Engine.Layers;
using Federated.Engine.Parameters;

namespace Federated.Engine.Networks;

/// <summary>
/// A model's immutable graph: its layers in the order of the forward pass, its trainable tensors and its running statistics. Any number of workers
/// bind it to their own memory as <see cref="Network"/>s. Built by <see cref="NetworkBuilder"/> or <c>ModelCatalog</c>.
/// </summary>
public sealed class NetworkPlan
{
    internal NetworkPlan(
        string name, ImmutableArray<NetworkValue> values, ImmutableArray<Operation> operations, ParameterLayout parameters, StatisticsLayout statistics,
        bool inputHasGradient = false)
    {
        Name = name;
        InputHasGradient = inputHasGradient;
        Values = values;
        Operations = operations;
        Parameters = parameters;
        Statistics = statistics;
        Output = operations[^1].Output;
        Buffers = new BufferPlan(this);
    }

    /// <summary>Name of the model.</summary>
    public string Name { get; }

    /// <summary>Channels of an input image.</summary>
    public int InputChannels => Values[0].Channels;

    /// <summary>Rows of an input image.</summary>
    public int InputHeight => Values[0].Height;

    /// <summary>Columns of an input image.</summary>
    public int InputWidth => Values[0].Width;

    /// <summary>Floats of an input image: channels × height × width.</summary>
    public int InputCount => InputChannels * InputHeight * InputWidth;

    /// <summary>Channels of an output: the number of classes where the output is the logits.</summary>
    public int Classes => Values[Output].Channels;

    /// <summary>Floats of an image's output: as many as there are classes, except in a part of a cut plan, whose output is a map.</summary>
    public int OutputCount => Values[Output].Channels * Values[Output].Height * Values[Output].Width;

    /// <summary>Floats of an image that the last layer receives: what a classifier works from.</summary>
    public int FeatureCount => Values[LastInput].Channels * Values[LastInput].Height * Values[LastInput].Width;

    /// <summary>Whether the loss is differentiated with respect to the input too: so in the later parts of a cut plan, never for images.</summary>
    public bool InputHasGradient { get; }

    /// <summary>All trainable tensors.</summary>
    public ParameterLayout Parameters { get; }

    /// <summary>All running statistics.</summary>
    public StatisticsLayout Statistics { get; }

    /// <summary>Whether the model has normalisation layers; decides the initialisation of its convolutions.</summary>
    public bool IsNormalized => Parameters.Tensors.Any(static t => t.Kind == ParameterKind.NormalizationScale);

    /// <summary>Whether a layer drops values at random while training.</summary>
    public bool HasDropout => Operations.Any(static operation => operation is DropoutOperation);

    internal ImmutableArray<NetworkValue> Values { get; }

    internal ImmutableArray<Operation> Operations { get; }

    /// <summary>Number of the value that holds the logits.</summary>
    internal int Output { get; }

    /// <summary>Number of the value that the last layer reads.</summary>
    internal int LastInput => Operations[^1].Input;

    /// <summary>Which values share memory.</summary>
    internal BufferPlan Buffers { get; }

    /// <summary>
    /// Multiply-adds of the forward pass of one image: the kept weights of each convolution and linear layer times the pixels of its output map,
    /// and the two products of attention. Normalisation, pooling, activations and additions are not counted. A forward pass is twice as many FLOPs, a training step three forward passes.
    /// </summary>
    /// <param name="mask">The kept weights; null keeps all.</param>
    public long MultiplyAdds(Mask? mask = null) => Operations.Sum(operation => WeightMultiplyAdds(operation, mask) + operation.MultiplyAddsWithoutWeights(Values));

    /// <summary>
    /// Multiply-adds of one training step of one image while only some tensors train: a forward pass; as many again for the gradient of every weight that trains; and as many again where a layer passes a
    /// gradient on. Products of activations with activations pass on two gradients.
    /// </summary>
    /// <param name="trainable">The tensors that train.</param>
    /// <param name="inputGradient">Whether the gradient of the input is wanted, where the plan has one.</param>
    public long StepMultiplyAdds(ParameterSubset trainable, bool inputGradient = true)
    {
        BackwardDemand[] demands = BackwardDemands.Of(this, trainable, inputGradient);
        long sum = MultiplyAdds();
        for (int i = 0; i < demands.Length; i++)
        {
            Operation operation = Operations[i];
            if (operation.Parameters.Any(tensor => trainable.Contains(tensor) && Parameters.Tensors[tensor].IsPrunable))
                sum += WeightMultiplyAdds(operation, mask: null);
            if ((demands[i] & BackwardDemand.Inputs) != BackwardDemand.None)
                sum += WeightMultiplyAdds(operation, mask: null) + (2 * operation.MultiplyAddsWithoutWeights(Values));
        }

        return sum;
    }

    /// <summary>
    /// Bytes of the activations that a training step keeps for its backward pass, four per value: the input and each layer's output, where layers that
    /// overwrite their input are counted once. A model of a device's memory: without zero borders, gradients and rounding up to blocks, all of which
    /// <see cref="Network.ArenaBytes"/> includes.
    /// </summary>
    /// <param name="batch">Images in the batch, positive.</param>
    public long ActivationBytes(int batch)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(batch);
        long perImage = 0;
        for (int i = 0; i < Values.Length; i++)
        {
            if (Buffers.Root(i) == i)
                perImage += (long)Values[i].Channels * Values[i].Height * Values[i].Width;
        }

        return checked(perImage * sizeof(float) * batch);
    }

    private long WeightMultiplyAdds(Operation operation, Mask? mask)
    {
        long sum = 0;
        foreach (int tensor in operation.Parameters)
        {
            if (Parameters.Tensors[tensor].IsPrunable)
                sum += (long)(mask?.CompactCount(tensor) ?? Parameters.Tensors[tensor].Count) * Parameters.Tensors[tensor].OutputPositions;
        }

        return sum;
    }
}
