namespace Federated.Engine.Models;

/// <summary>Position embeddings for another number of patches than they were trained for.</summary>
internal static class PositionEmbeddings
{
    // Keys' convolution kernel with the parameter that PyTorch's interpolate takes for mode=bicubic.
    private const double A = -0.75;

    /// <summary>
    /// Resamples the embeddings of a square of <paramref name="side"/>² patches to <paramref name="height"/>×<paramref name="width"/>, as timm has done it with PyTorch:
    /// bicubic, without smoothing, pixels' edges aligned instead of their centres. Both hold the class token's embedding first, which is kept, then the patches row by row.
    /// </summary>
    public static void Resample(ReadOnlySpan<float> from, int side, Span<float> to, int height, int width)
    {
        int channels = to.Length / (1 + (height * width));
        from[..channels].CopyTo(to);
        (int[] Places, double[] Weights)[] columns = Taps(side, width);
        (int[] Places, double[] Weights)[] rows = Taps(side, height);
        for (int row = 0; row < height; row++)
        {
            for (int column = 0; column < width; column++)
            {
                for (int channel = 0; channel < channels; channel++)
                {
                    double sum = 0;
                    for (int i = 0; i < 4; i++)
                    {
                        double line = 0;
                        for (int j = 0; j < 4; j++)
                            line += columns[column].Weights[j] * from[((1 + (rows[row].Places[i] * side) + columns[column].Places[j]) * channels) + channel];
                        sum += rows[row].Weights[i] * line;
                    }

                    to[((1 + (row * width) + column) * channels) + channel] = (float)sum;
                }
            }
        }
    }

    /// <summary>The four neighbours of each new place along one axis, those beyond the edge replaced by the edge, and their weights.</summary>
    private static (int[] Places, double[] Weights)[] Taps(int from, int to)
    {
        var taps = new (int[], double[])[to];
        for (int i = 0; i < to; i++)
        {
            double place = ((i + 0.5) * from / to) - 0.5;
            int first = (int)Math.Floor(place);
            double t = place - first;
            taps[i] = (
                [.. Enumerable.Range(first - 1, 4).Select(at => Math.Clamp(at, 0, from - 1))],
                [Outer(t + 1), Inner(t), Inner(1 - t), Outer(2 - t)]);
        }

        return taps;
    }

    // The kernel at a distance of up to one, and of one to two.
    private static double Inner(double x) => ((((A + 2) * x) - (A + 3)) * x * x) + 1;

    private static double Outer(double x) => (((((A * x) - (5 * A)) * x) + (8 * A)) * x) - (4 * A);
}
