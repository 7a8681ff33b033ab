using Federated.Engine.Tests.Reference;

namespace Federated.Engine.Tests.Golden;

/// <summary>Runs a layer of the fixture through the reference.</summary>
internal static class ReferenceLayer
{
    /// <summary>Outputs and gradients by the names they have in the fixture.</summary>
    public static Dictionary<string, double[]> Run(LayerCase layer)
    {
        ReferenceTensor x = layer.Tensor("x");
        ReferenceTensor dy = layer.Tensor("dy");
        switch (layer.Kind)
        {
            case "convolution":
                var convolution = new ReferenceConvolution(layer.Integer("outputs"), layer.Integer("kernel"), layer.Integer("stride"), layer.Integer("padding"), layer.Integer("groups"));
                return Weighted(layer, convolution.Forward(x, layer.Input("weight")!, layer.Input("bias")), convolution.Backward(x, layer.Input("weight")!, dy));
            case "linear":
                return Weighted(layer, ReferenceLinear.Forward(x, layer.Input("weight")!, layer.Input("bias")), ReferenceLinear.Backward(x, layer.Input("weight")!, dy));
            case "batch norm":
                return BatchNorm(layer, x, dy);
            case "group norm":
                var groups = ReferenceNormalization.OverGroups(x, layer.Integer("groups"));
                return Normalized(groups.Forward(x, layer.Input("scale")!, layer.Input("shift")!), groups.Backward(x, layer.Input("scale")!, dy));
            case "layer norm":
                var positions = ReferenceNormalization.OverChannels(x);
                return Normalized(positions.Forward(x, layer.Input("scale")!, layer.Input("shift")!), positions.Backward(x, layer.Input("scale")!, dy));
            case "gelu":
                return Simple(x.Map(ReferenceGaussian.Gelu), ReferenceGaussian.GeluBackward(x, dy));
            case "relu":
                return Simple(ReferenceElementwise.Relu(x), ReferenceElementwise.ReluBackward(x, dy));
            case "attention":
                var attention = new ReferenceAttention(layer.Integer("heads"));
                return Simple(attention.Forward(x), attention.Backward(x, dy));
            case "max pool":
                ReferencePooling maximum = Sliding(layer, x, layer.Integer("padding"));
                return Simple(maximum.Maximum(x), maximum.MaximumBackward(x, dy));
            case "average pool":
                ReferencePooling average = Sliding(layer, x, 0);
                return Simple(average.Average(x), average.AverageBackward(x, dy));
            case "adaptive average pool":
                var adaptive = new ReferencePooling(ReferencePooling.Adaptive(x.Shape.Height, layer.Integer("height")), ReferencePooling.Adaptive(x.Shape.Width, layer.Integer("width")));
                return Simple(adaptive.Average(x), adaptive.AverageBackward(x, dy));
            default:
                throw new ArgumentException($"{layer.Name} is of the unknown kind {layer.Kind}.", nameof(layer));
        }
    }

    private static Dictionary<string, double[]> BatchNorm(LayerCase layer, ReferenceTensor x, ReferenceTensor dy)
    {
        double[] mean = layer.Input("running_mean")!;
        double[] variance = layer.Input("running_var")!;
        bool train = layer.Flag("train");
        ReferenceNormalization normalization = train ? ReferenceNormalization.OverBatch(x) : ReferenceNormalization.WithStatistics(x, [.. mean], [.. variance]);
        ReferenceTensor y = normalization.Forward(x, layer.Input("scale")!, layer.Input("shift")!);
        if (layer.Flag("residual"))
            y = y.Plus(layer.Tensor("residual"));
        if (layer.Flag("relu"))
        {
            dy = ReferenceElementwise.ReluBackward(y, dy);
            y = ReferenceElementwise.Relu(y);
        }

        Dictionary<string, double[]> results = Normalized(y, normalization.Backward(x, layer.Input("scale")!, dy));
        if (layer.Flag("residual"))
            results["dresidual"] = dy.Values;
        if (train)
        {
            normalization.UpdateRunning(mean, variance);
            results["mean"] = mean;
            results["var"] = variance;
        }

        return results;
    }

    private static ReferencePooling Sliding(LayerCase layer, ReferenceTensor x, int padding)
        => new(
            ReferencePooling.Sliding(x.Shape.Height, layer.Integer("kernel"), layer.Integer("stride"), padding),
            ReferencePooling.Sliding(x.Shape.Width, layer.Integer("kernel"), layer.Integer("stride"), padding));

    private static Dictionary<string, double[]> Weighted(LayerCase layer, ReferenceTensor y, (ReferenceTensor Input, double[] Weight, double[] Bias) backward)
    {
        Dictionary<string, double[]> results = Simple(y, backward.Input);
        results["dweight"] = backward.Weight;
        if (layer.Has("bias"))
            results["dbias"] = backward.Bias;
        return results;
    }

    private static Dictionary<string, double[]> Normalized(ReferenceTensor y, (ReferenceTensor Input, double[] Scale, double[] Shift) backward)
    {
        Dictionary<string, double[]> results = Simple(y, backward.Input);
        results["dscale"] = backward.Scale;
        results["dshift"] = backward.Shift;
        return results;
    }

    private static Dictionary<string, double[]> Simple(ReferenceTensor y, ReferenceTensor dx)
        => new(StringComparer.Ordinal) { ["y"] = y.Values, ["dx"] = dx.Values };
}
