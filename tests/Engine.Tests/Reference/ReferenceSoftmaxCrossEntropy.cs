using Federated.Engine.Numerics;

namespace Federated.Engine.Tests.Reference;

/// <summary>Mean over the images of −Σ q·ln p, where q puts 1 − ε + ε/classes on the label and ε/classes on the others (Szegedy et al. 2016).</summary>
internal static class ReferenceSoftmaxCrossEntropy
{
    public static (double Loss, ReferenceTensor Gradient) Compute(ReferenceTensor logits, ReadOnlySpan<int> labels, double labelSmoothing = 0)
    {
        int classes = logits.Shape.Channels;
        var gradient = new ReferenceTensor(logits.Shape);
        double loss = 0;
        for (int image = 0; image < labels.Length; image++)
        {
            ReadOnlySpan<double> row = logits.Values.AsSpan(image * classes, classes);
            double largest = double.NegativeInfinity;
            foreach (double value in row)
                largest = Math.Max(largest, value);
            double sum = 0;
            foreach (double value in row)
                sum += DeterministicMath.Exp(value - largest);
            for (int c = 0; c < classes; c++)
            {
                double target = (labelSmoothing / classes) + (c == labels[image] ? 1 - labelSmoothing : 0);
                double logProbability = row[c] - largest - DeterministicMath.Log(sum);
                loss -= target * logProbability / labels.Length;
                gradient.Values[(image * classes) + c] = (DeterministicMath.Exp(logProbability) - target) / labels.Length;
            }
        }

        return (loss, gradient);
    }
}
