using Federated.Engine.Layers;
using Federated.Engine.Networks;
using Federated.Engine.Randomness;
using Federated.Engine.Tensors;
using Federated.Engine.Tests.Reference;

namespace Federated.Engine.Tests.Networks;

/// <summary>Runs a plan layer by layer in double precision, every value in memory of its own: the oracle for whole networks.</summary>
internal sealed class ReferenceNetwork(NetworkPlan plan, double[] dense, double[] statistics, ForwardMode mode, RandomKey key)
{
    private readonly ReferenceTensor[] values = new ReferenceTensor[plan.Values.Length];
    private readonly ReferenceTensor?[] gradients = new ReferenceTensor?[plan.Values.Length];
    private readonly Dictionary<Operation, ReferenceNormalization> normalizations = [];

    public double[] Gradient { get; } = new double[dense.Length];

    public ReferenceTensor Logits => values[plan.Output];

    public void Forward(ReferenceTensor images)
    {
        values[0] = images;
        foreach (Operation operation in plan.Operations)
            values[operation.Output] = Forward(operation, values[operation.Input]);
    }

    public double LossAndBackward(int[] labels, double smoothing)
    {
        (double loss, gradients[plan.Output]) = ReferenceSoftmaxCrossEntropy.Compute(Logits, labels, smoothing);
        foreach (Operation operation in plan.Operations.Reverse())
            Backward(operation, values[operation.Input], gradients[operation.Output]!);
        return loss;
    }

    private ReferenceTensor Forward(Operation operation, ReferenceTensor x)
    {
        switch (operation)
        {
            case ConvolutionOperation o:
                return Convolution(o).Forward(x, Parameter(o.Weight), o.Bias < 0 ? null : Parameter(o.Bias));
            case LinearOperation o:
                return ReferenceLinear.Forward(x, Parameter(o.Weight), o.Bias < 0 ? null : Parameter(o.Bias));
            case BatchNormOperation o:
                ReferenceNormalization batch = mode == ForwardMode.Evaluate
                    ? ReferenceNormalization.WithStatistics(x, Running(o, 0), Running(o, 1))
                    : ReferenceNormalization.OverBatch(x);
                normalizations[o] = batch;
                if (mode == ForwardMode.Train)
                    UpdateRunning(o, batch);
                ReferenceTensor y = batch.Forward(x, Parameter(o.Scale), Parameter(o.Shift));
                if (o.Residual >= 0)
                    y = y.Plus(values[o.Residual]);
                return o.Relu ? ReferenceElementwise.Relu(y) : y;
            case GroupNormOperation o:
                normalizations[o] = ReferenceNormalization.OverGroups(x, o.Groups);
                return normalizations[o].Forward(x, Parameter(o.Scale), Parameter(o.Shift));
            case ReluOperation:
                return ReferenceElementwise.Relu(x);
            case LayerNormOperation o:
                normalizations[o] = ReferenceNormalization.OverChannels(x);
                return normalizations[o].Forward(x, Parameter(o.Scale), Parameter(o.Shift));
            case GeluOperation:
                return x.Map(ReferenceGaussian.Gelu);
            case EmbedTokensOperation o:
                return ReferenceTokens.Embed(x, Parameter(o.ClassToken), Parameter(o.Positions), o.Prompts < 0 ? [] : Parameter(o.Prompts));
            case ReplacePromptsOperation o:
                return ReferenceTokens.Replace(x, Parameter(o.Prompts));
            case SelectTokenOperation o:
                return ReferenceTokens.Select(x, o.Token);
            case AddOperation o:
                return x.Plus(values[o.Second].Map(v => o.Factor * v));
            case DropoutOperation o:
                return mode == ForwardMode.Train ? ReferenceElementwise.Dropout(x, Kept(o, x.Shape), o.Rate) : x;
            case MaxPoolOperation o:
                return Pooling(o.Windows).Maximum(x);
            case AveragePoolOperation o:
                return Pooling(o.Windows).Average(x);
            case AttentionOperation o:
                return new ReferenceAttention(o.Heads).Forward(x);
            default:
                throw new InvalidOperationException($"{operation} has no reference.");
        }
    }

    private void Backward(Operation operation, ReferenceTensor x, ReferenceTensor dy)
    {
        switch (operation)
        {
            case ConvolutionOperation o:
                Weighted(o.Input, o.Weight, o.Bias, Convolution(o).Backward(x, Parameter(o.Weight), dy));
                break;
            case LinearOperation o:
                Weighted(o.Input, o.Weight, o.Bias, ReferenceLinear.Backward(x, Parameter(o.Weight), dy));
                break;
            case BatchNormOperation o:
                if (o.Relu)
                    dy = ReferenceElementwise.ReluBackward(values[o.Output], dy);
                if (o.Residual >= 0)
                    AddGradient(o.Residual, dy);
                Weighted(o.Input, o.Scale, o.Shift, normalizations[o].Backward(x, Parameter(o.Scale), dy));
                break;
            case GroupNormOperation o:
                Weighted(o.Input, o.Scale, o.Shift, normalizations[o].Backward(x, Parameter(o.Scale), dy));
                break;
            case ReluOperation o:
                AddGradient(o.Input, ReferenceElementwise.ReluBackward(values[o.Output], dy));
                break;
            case AddOperation o:
                AddGradient(o.Input, dy);
                AddGradient(o.Second, dy.Map(v => o.Factor * v));
                break;
            case LayerNormOperation o:
                Weighted(o.Input, o.Scale, o.Shift, normalizations[o].Backward(x, Parameter(o.Scale), dy));
                break;
            case GeluOperation o:
                AddGradient(o.Input, ReferenceGaussian.GeluBackward(x, dy));
                break;
            case EmbedTokensOperation o:
                Embed(o, x.Shape, dy);
                break;
            case ReplacePromptsOperation o:
                (ReferenceTensor input, double[] prompts) = ReferenceTokens.ReplaceBackward(dy, o.PromptCount);
                AddGradient(o.Input, input);
                prompts.CopyTo(Gradient, plan.Parameters.Tensors[o.Prompts].Offset);
                break;
            case SelectTokenOperation o:
                AddGradient(o.Input, ReferenceTokens.SelectBackward(x.Shape, dy, o.Token));
                break;
            case DropoutOperation o:
                AddGradient(o.Input, mode == ForwardMode.Train ? ReferenceElementwise.Dropout(dy, Kept(o, dy.Shape), o.Rate) : dy);
                break;
            case MaxPoolOperation o:
                AddGradient(o.Input, Pooling(o.Windows).MaximumBackward(x, dy));
                break;
            case AveragePoolOperation o:
                AddGradient(o.Input, Pooling(o.Windows).AverageBackward(x, dy));
                break;
            case AttentionOperation o:
                AddGradient(o.Input, new ReferenceAttention(o.Heads).Backward(x, dy));
                break;
        }
    }

    private static ReferenceConvolution Convolution(ConvolutionOperation o) =>
        new(o.Shape.OutputChannels, o.Shape.Kernel, o.Shape.Stride, o.Shape.Padding, o.Shape.Groups);

    private static ReferencePooling Pooling(PoolWindows windows) =>
        new([.. windows.Rows.Select(static r => (r.Start, r.End))], [.. windows.Columns.Select(static r => (r.Start, r.End))]);

    /// <summary>The dropout layer's documented numbers: a counter of (pixel / 4, lane, block, 0) under a key from the step's stream.</summary>
    private bool[] Kept(DropoutOperation operation, ReferenceShape shape)
    {
        var random = new KeyedRandom(key with { Purpose = RandomPurpose.Dropout, Step = key.Step + ((long)operation.Number << 32) });
        uint key0 = random.NextUInt32();
        uint key1 = random.NextUInt32();
        bool[] kept = new bool[shape.Count];
        for (int i = 0; i < kept.Length; i++)
        {
            int image = i / shape.PerImage;
            int pixel = i % shape.PerImage;
            (uint x0, uint x1, uint x2, uint x3) = KeyedRandom.Philox(
                (uint)pixel / 4, (uint)(image % Geometry.Lanes), (uint)(image / Geometry.Lanes), 0, key0, key1);
            kept[i] = (pixel % 4) switch { 0 => x0, 1 => x1, 2 => x2, _ => x3 } >= operation.Rate * 4294967296.0;
        }

        return kept;
    }

    private double[] Parameter(int tensor) => dense[plan.Parameters.Tensors[tensor].Offset..][..plan.Parameters.Tensors[tensor].Count];

    private double[] Running(BatchNormOperation o, int which)
    {
        int channels = plan.Values[o.Input].Channels;
        return statistics[(o.StatisticsOffset + (which * channels))..][..channels];
    }

    private void UpdateRunning(BatchNormOperation o, ReferenceNormalization batch)
    {
        double[] mean = Running(o, 0);
        double[] variance = Running(o, 1);
        batch.UpdateRunning(mean, variance);
        mean.CopyTo(statistics, o.StatisticsOffset);
        variance.CopyTo(statistics, o.StatisticsOffset + mean.Length);
    }

    private void Weighted(int input, int weight, int bias, (ReferenceTensor Input, double[] Weight, double[] Bias) gradient)
    {
        gradient.Weight.CopyTo(Gradient, plan.Parameters.Tensors[weight].Offset);
        if (bias >= 0)
            gradient.Bias.CopyTo(Gradient, plan.Parameters.Tensors[bias].Offset);
        AddGradient(input, gradient.Input);
    }

    private void Embed(EmbedTokensOperation o, ReferenceShape patches, ReferenceTensor dy)
    {
        (ReferenceTensor dx, double[] tokens) = ReferenceTokens.EmbedBackward(patches, dy);
        AddGradient(o.Input, dx);
        int d = patches.Channels;
        int first = (1 + o.PromptCount) * d;
        tokens[..d].CopyTo(Gradient, plan.Parameters.Tensors[o.ClassToken].Offset);
        double[] positions = [.. tokens[..d], .. tokens[first..]];
        positions.CopyTo(Gradient, plan.Parameters.Tensors[o.Positions].Offset);
        if (o.Prompts >= 0)
            tokens[d..first].CopyTo(Gradient, plan.Parameters.Tensors[o.Prompts].Offset);
    }

    private void AddGradient(int value, ReferenceTensor gradient) => gradients[value] = gradients[value]?.Plus(gradient) ?? gradient;
}
