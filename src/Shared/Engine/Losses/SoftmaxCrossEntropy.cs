using Federated.Engine.Networks;
using Federated.Engine.Numerics;
using Federated.Engine.Tensors;

namespace Federated.Engine.Losses;

/// <summary>
/// Cross-entropy of a softmax against a label, with label smoothing (Szegedy et al. 2016): the target is 1 − ε on the label plus ε/classes everywhere. In double
/// precision; the gradient of the mean over the batch is written, zero in lanes without image.
/// </summary>
internal static unsafe class SoftmaxCrossEntropy
{
    /// <summary>Loss of one image per label; writes <c>logits.Gradient</c>.</summary>
    /// <param name="logits">The logits.</param>
    /// <param name="labels">Class of each image.</param>
    /// <param name="smoothing">Share of the target that is spread over all classes.</param>
    /// <param name="weights">What each image's loss counts in the gradient; empty: 1, with the same bits as weights of 1.</param>
    public static LossResult Compute(ActivationTensor logits, ReadOnlySpan<int> labels, float smoothing, ReadOnlySpan<double> weights = default)
    {
        foreach (double weight in weights)
        {
            if (!(weight >= 0) || !double.IsFinite(weight))
                throw new ArgumentOutOfRangeException(nameof(weights), weight, "A weight is a number and not negative.");
        }

        if (smoothing is not (>= 0 and <= 1))
            throw new ArgumentOutOfRangeException(nameof(smoothing), smoothing, "Label smoothing is a share, 0…1.");
        Geometry geometry = logits.Geometry;
        foreach (int label in labels)
        {
            if ((uint)label >= (uint)geometry.Channels)
                throw new ArgumentOutOfRangeException(nameof(labels), label, $"A label is a class, 0…{geometry.Channels - 1}.");
        }

        double sum = 0;
        int correct = 0;
        int lanes = Geometry.BlocksFor(labels.Length) * Geometry.Lanes;
        for (int image = 0; image < lanes; image++)
        {
            var lane = new Lane(
                logits.Data + First(geometry, image), geometry.PlaneStride, logits.Gradient + First(logits.GradientGeometry, image), logits.GradientGeometry.PlaneStride,
                geometry.Channels);
            if (image >= labels.Length)
            {
                lane.ClearGradient();
                continue;
            }

            (double loss, bool hit) = lane.Compute(labels[image], smoothing, weights.IsEmpty ? 1 : weights[image], labels.Length);
            sum += loss;
            correct += hit ? 1 : 0;
        }

        return new LossResult(sum, correct);
    }

    private static long First(Geometry geometry, int image) => ((image / Geometry.Lanes) * geometry.BlockStride) + geometry.Interior + (image % Geometry.Lanes);

    /// <summary>The logits of one image and their gradient: one float per class, a stride apart.</summary>
    private readonly ref struct Lane(float* logits, int stride, float* gradient, int gradientStride, int classes)
    {
        public void ClearGradient()
        {
            for (long c = 0; c < classes; c++)
                gradient[c * gradientStride] = 0;
        }

        public (double Loss, bool Hit) Compute(int label, double smoothing, double weight, int batch)
        {
            float largest = float.NegativeInfinity;
            int best = -1;
            double total = 0;
            for (int c = 0; c < classes; c++)
            {
                float logit = logits[(long)c * stride];
                total += logit;
                if (logit > largest)
                {
                    largest = logit;
                    best = c;
                }
            }

            double partition = 0;
            for (int c = 0; c < classes; c++)
                partition += DeterministicMath.Exp((double)logits[(long)c * stride] - largest);
            double logPartition = DeterministicMath.Log(partition) + largest;
            double everywhere = smoothing / classes;
            for (int c = 0; c < classes; c++)
            {
                double probability = DeterministicMath.Exp(logits[(long)c * stride] - logPartition);
                double target = everywhere + (c == label ? 1 - smoothing : 0);
                gradient[(long)c * gradientStride] = (float)(weight * (probability - target) / batch);
            }

            double loss = ((1 - smoothing) * (logPartition - logits[(long)label * stride])) + (everywhere * ((classes * logPartition) - total));
            return (loss, best == label);
        }
    }
}
