namespace Federated.Engine.Tests.Reference;

/// <summary>y = W·x + b; a map is read as one vector, channel by channel, row by row. W is [out, in].</summary>
internal static class ReferenceLinear
{
    public static ReferenceTensor Forward(ReferenceTensor x, double[] weight, double[]? bias)
    {
        int inputs = x.Shape.PerImage;
        int outputs = weight.Length / inputs;
        var y = new ReferenceTensor(new ReferenceShape(x.Shape.Batch, outputs));
        for (int image = 0; image < x.Shape.Batch; image++)
        {
            for (int output = 0; output < outputs; output++)
            {
                double sum = bias?[output] ?? 0;
                for (int input = 0; input < inputs; input++)
                    sum += weight[(output * inputs) + input] * x.Values[(image * inputs) + input];
                y.Values[(image * outputs) + output] = sum;
            }
        }

        return y;
    }

    public static (ReferenceTensor Input, double[] Weight, double[] Bias) Backward(ReferenceTensor x, double[] weight, ReferenceTensor dy)
    {
        int inputs = x.Shape.PerImage;
        int outputs = dy.Shape.Channels;
        var dx = new ReferenceTensor(x.Shape);
        double[] dw = new double[weight.Length];
        double[] db = new double[outputs];
        for (int image = 0; image < x.Shape.Batch; image++)
        {
            for (int output = 0; output < outputs; output++)
            {
                double d = dy.Values[(image * outputs) + output];
                db[output] += d;
                for (int input = 0; input < inputs; input++)
                {
                    dw[(output * inputs) + input] += d * x.Values[(image * inputs) + input];
                    dx.Values[(image * inputs) + input] += d * weight[(output * inputs) + input];
                }
            }
        }

        return (dx, dw, db);
    }
}
