namespace Federated.Methods.Pretraining;

/// <summary>Shortens gradients that are too long (Pascanu et al. 2013).</summary>
internal static class GradientNorm
{
    private const int Sums = 8;

    /// <summary>Scales the gradient to the norm <paramref name="limit"/> when it is longer; a gradient with something that is not finite is left as it is.</summary>
    public static void Clip(Span<float> gradient, double limit)
    {
        double norm = Math.Sqrt(SquaredSum(gradient));
        if (!(norm > limit) || !double.IsFinite(norm))
            return;
        float scale = (float)(limit / norm);
        for (int i = 0; i < gradient.Length; i++)
            gradient[i] *= scale;
    }

    // Eight sums that are added in a fixed order: the same bits everywhere, and no chain of additions that each wait for the one before.
    private static double SquaredSum(ReadOnlySpan<float> values)
    {
        Span<double> sums = stackalloc double[Sums];
        sums.Clear();
        int i = 0;
        for (; i <= values.Length - Sums; i += Sums)
        {
            for (int lane = 0; lane < Sums; lane++)
                sums[lane] += (double)values[i + lane] * values[i + lane];
        }

        for (; i < values.Length; i++)
            sums[i % Sums] += (double)values[i] * values[i];
        double total = 0;
        foreach (double sum in sums)
            total += sum;
        return total;
    }
}
