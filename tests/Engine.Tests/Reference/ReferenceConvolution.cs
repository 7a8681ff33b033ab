namespace Federated.Engine.Tests.Reference;

/// <summary>Convolution (cross-correlation) as its definition says, one multiplication at a time. Weights are [out, in/groups, kernel, kernel].</summary>
internal sealed record ReferenceConvolution(int OutputChannels, int Kernel, int Stride = 1, int Padding = 0, int Groups = 1)
{
    public ReferenceTensor Forward(ReferenceTensor x, double[] weight, double[]? bias)
    {
        var y = new ReferenceTensor(OutputShape(x.Shape));
        if (bias is not null)
        {
            for (int i = 0; i < y.Values.Length; i++)
                y.Values[i] = bias[i / (y.Shape.Height * y.Shape.Width) % OutputChannels];
        }

        Visit(x, y, (int xi, int yi, int wi) => y.Values[yi] += weight[wi] * x.Values[xi]);
        return y;
    }

    public (ReferenceTensor Input, double[] Weight, double[] Bias) Backward(ReferenceTensor x, double[] weight, ReferenceTensor dy)
    {
        var dx = new ReferenceTensor(x.Shape);
        double[] dw = new double[weight.Length];
        Visit(x, dy, (int xi, int yi, int wi) =>
        {
            dx.Values[xi] += weight[wi] * dy.Values[yi];
            dw[wi] += x.Values[xi] * dy.Values[yi];
        });
        double[] db = new double[OutputChannels];
        for (int i = 0; i < dy.Values.Length; i++)
            db[i / (dy.Shape.Height * dy.Shape.Width) % OutputChannels] += dy.Values[i];
        return (dx, dw, db);
    }

    private ReferenceShape OutputShape(ReferenceShape x) => x with
    {
        Channels = OutputChannels,
        Height = ((x.Height + (2 * Padding) - Kernel) / Stride) + 1,
        Width = ((x.Width + (2 * Padding) - Kernel) / Stride) + 1,
    };

    /// <summary>Calls <paramref name="visit"/> for each product: positions of the input, of the output and of the weight.</summary>
    private void Visit(ReferenceTensor x, ReferenceTensor y, Action<int, int, int> visit)
    {
        int inputsPerGroup = x.Shape.Channels / Groups;
        int outputsPerGroup = OutputChannels / Groups;
        for (int yi = 0; yi < y.Values.Length; yi++)
        {
            int column = yi % y.Shape.Width;
            int row = yi / y.Shape.Width % y.Shape.Height;
            int output = yi / (y.Shape.Width * y.Shape.Height) % OutputChannels;
            int image = yi / y.Shape.PerImage;
            for (int k = 0; k < inputsPerGroup * Kernel * Kernel; k++)
            {
                int input = (output / outputsPerGroup * inputsPerGroup) + (k / (Kernel * Kernel));
                int inputRow = (row * Stride) - Padding + (k / Kernel % Kernel);
                int inputColumn = (column * Stride) - Padding + (k % Kernel);
                if (inputRow >= 0 && inputRow < x.Shape.Height && inputColumn >= 0 && inputColumn < x.Shape.Width)
                    visit((((((image * x.Shape.Channels) + input) * x.Shape.Height) + inputRow) * x.Shape.Width) + inputColumn, yi, (output * inputsPerGroup * Kernel * Kernel) + k);
            }
        }
    }
}
