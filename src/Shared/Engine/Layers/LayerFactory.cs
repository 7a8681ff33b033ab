using Federated.Engine.Kernels;
using Federated.Engine.Networks;
using Federated.Engine.Tensors;

namespace Federated.Engine.Layers;

/// <summary>Makes the layers of a plan, bound to the tensors of one arena.</summary>
internal sealed class LayerFactory
{
    private readonly NetworkPlan plan;
    private readonly ActivationTensor[] tensors;
    private readonly VectorWidth width;
    private readonly int maximumBlocks;
    private readonly int threads;
    private readonly AttentionScratch? attention;

    private LayerFactory(NetworkPlan plan, ActivationTensor[] tensors, VectorWidth width, int maximumBlocks, int threads)
    {
        this.plan = plan;
        this.tensors = tensors;
        this.width = width;
        this.maximumBlocks = maximumBlocks;
        this.threads = threads;
        int[] sequences = [.. plan.Operations.OfType<AttentionOperation>().Select(operation => plan.Values[operation.Input].Width)];
        attention = sequences.Length == 0 ? null : new AttentionScratch(sequences.Max(), threads);
    }

    /// <summary>One layer per operation of the plan, in the order of the forward pass.</summary>
    public static Layer[] Create(NetworkPlan plan, ActivationTensor[] tensors, VectorWidth width, int maximumBlocks, int threads)
    {
        var factory = new LayerFactory(plan, tensors, width, maximumBlocks, threads);
        return [.. Enumerable.Range(0, plan.Operations.Length).Select(factory.Create)];
    }

    private Layer Create(int index)
    {
        Operation operation = plan.Operations[index];
        ActivationTensor input = tensors[operation.Input];
        ActivationTensor output = tensors[operation.Output];
        bool accumulate = plan.Buffers.Accumulates(index, operation.Input);
        return operation switch
        {
            ConvolutionOperation o => new ConvolutionLayer(input, output, o.Shape, o.Weight, o.Bias, plan.Parameters, accumulate, width, maximumBlocks, threads, CutChannelsOf(o)),
            LinearOperation o => new LinearLayer(input, output, o.Weight, o.Bias, plan.Parameters, accumulate, width, maximumBlocks, threads),
            BatchNormOperation o => new BatchNormLayer(
                o, input, output, o.Residual < 0 ? null : tensors[o.Residual], accumulate, o.Residual >= 0 && plan.Buffers.Accumulates(index, o.Residual), maximumBlocks,
                Writer(o), Reader(o)),
            GroupNormOperation o => new GroupNormLayer(o, input, output, accumulate, maximumBlocks),
            ReluOperation => new ReluLayer(input, output, accumulate),
            AddOperation o => new AddLayer(input, tensors[o.Second], output, accumulate, plan.Buffers.Accumulates(index, o.Second), (float)o.Factor),
            MaxPoolOperation o => new MaxPoolLayer(input, output, o.Windows, accumulate),
            AveragePoolOperation o => new AveragePoolLayer(input, output, o.Windows, accumulate),
            LayerNormOperation o => new LayerNormLayer(o, input, output, accumulate, maximumBlocks, threads),
            GeluOperation => new GeluLayer(input, output, accumulate),
            EmbedTokensOperation o => new EmbedTokensLayer(o, input, output, accumulate, maximumBlocks),
            ReplacePromptsOperation o => new ReplacePromptsLayer(o, input, output, accumulate, maximumBlocks),
            SelectTokenOperation o => new SelectTokenLayer(input, output, o.Token, accumulate),
            DropoutOperation o => new DropoutLayer(input, output, o.Rate, o.Number, accumulate),
            AttentionOperation o => new AttentionLayer(input, output, o.Heads, accumulate, width, maximumBlocks, attention!),
            _ => throw new InvalidOperationException($"{operation.Name}: no layer for {operation.GetType().Name}."),
        };
    }

    private CutChannels CutChannelsOf(ConvolutionOperation convolution)
    {
        BatchNormOperation[] normalizations = [.. plan.Operations.OfType<BatchNormOperation>()];
        return new CutChannels(normalizations.Any(o => Writer(o) == convolution), normalizations.Any(o => Reader(o) == convolution));
    }

    private ConvolutionOperation? Writer(BatchNormOperation normalization) =>
        plan.Operations.FirstOrDefault(o => o.Output == normalization.Input) is ConvolutionOperation { Bias: < 0 } convolution && IsReadOnce(normalization.Input) ? convolution : null;

    private ConvolutionOperation? Reader(BatchNormOperation normalization) =>
        normalization.Residual < 0 && IsReadOnce(normalization.Output)
            ? plan.Operations.First(o => o.Inputs.Contains(normalization.Output)) as ConvolutionOperation
            : null;

    private bool IsReadOnce(int value) => plan.Operations.Sum(o => o.Inputs.Count(input => input == value)) == 1;
}
