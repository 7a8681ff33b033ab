namespace Federated.Engine.Tests.Reference;

/// <summary>Pooling over windows that are a half-open range of rows for each output row, and of columns for each output column.</summary>
internal sealed record ReferencePooling((int Start, int End)[] Rows, (int Start, int End)[] Columns)
{
    /// <summary>Windows of one size every <paramref name="stride"/> pixels; what fills no window is left out, padding belongs to no window.</summary>
    public static (int Start, int End)[] Sliding(int size, int kernel, int stride, int padding = 0)
    {
        var windows = new List<(int, int)>();
        for (int start = -padding; start + kernel <= size + padding; start += stride)
            windows.Add((Math.Max(start, 0), Math.Min(start + kernel, size)));
        return [.. windows];
    }

    /// <summary>A map divided into <paramref name="outputs"/> windows as evenly as it can be, as PyTorch's adaptive pooling does.</summary>
    public static (int Start, int End)[] Adaptive(int size, int outputs)
        => [.. Enumerable.Range(0, outputs).Select(i => ((int)Math.Floor((double)i * size / outputs), (int)Math.Ceiling((double)(i + 1) * size / outputs)))];

    public ReferenceTensor Average(ReferenceTensor x)
        => Forward(x, static window => window.Average());

    public ReferenceTensor AverageBackward(ReferenceTensor x, ReferenceTensor dy)
        => Backward(x, dy, static (window, d) => [.. window.Select(_ => d / window.Length)]);

    public ReferenceTensor Maximum(ReferenceTensor x)
        => Forward(x, static window => window.Max());

    /// <summary>The first of equal maxima, row by row, gets the whole gradient.</summary>
    public ReferenceTensor MaximumBackward(ReferenceTensor x, ReferenceTensor dy)
        => Backward(x, dy, static (window, d) =>
        {
            double[] gradient = new double[window.Length];
            gradient[Array.IndexOf(window, window.Max())] = d;
            return gradient;
        });

    private static double[] Window(ReferenceTensor x, int image, int channel, (int Start, int End) rows, (int Start, int End) columns)
    {
        var window = new List<double>();
        for (int row = rows.Start; row < rows.End; row++)
        {
            for (int column = columns.Start; column < columns.End; column++)
                window.Add(x[image, channel, row, column]);
        }

        return [.. window];
    }

    private ReferenceTensor Forward(ReferenceTensor x, Func<double[], double> reduce)
    {
        var y = new ReferenceTensor(x.Shape with { Height = Rows.Length, Width = Columns.Length });
        int next = 0;
        for (int plane = 0; plane < x.Shape.Batch * x.Shape.Channels; plane++)
        {
            foreach ((int Start, int End) rows in Rows)
            {
                foreach ((int Start, int End) columns in Columns)
                    y.Values[next++] = reduce(Window(x, plane / x.Shape.Channels, plane % x.Shape.Channels, rows, columns));
            }
        }

        return y;
    }

    private ReferenceTensor Backward(ReferenceTensor x, ReferenceTensor dy, Func<double[], double, double[]> spread)
    {
        var dx = new ReferenceTensor(x.Shape);
        int next = 0;
        for (int plane = 0; plane < x.Shape.Batch * x.Shape.Channels; plane++)
        {
            int image = plane / x.Shape.Channels;
            int channel = plane % x.Shape.Channels;
            foreach ((int Start, int End) rows in Rows)
            {
                foreach ((int Start, int End) columns in Columns)
                {
                    double[] gradient = spread(Window(x, image, channel, rows, columns), dy.Values[next++]);
                    for (int i = 0; i < gradient.Length; i++)
                        dx[image, channel, rows.Start + (i / (columns.End - columns.Start)), columns.Start + (i % (columns.End - columns.Start))] += gradient[i];
                }
            }
        }

        return dx;
    }
}
