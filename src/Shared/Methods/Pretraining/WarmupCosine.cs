using Federated.Engine.Numerics;

namespace Federated.Methods.Pretraining;

/// <summary>The learning rate of a step.</summary>
public static class WarmupCosine
{
    /// <summary>
    /// Learning rate of step <paramref name="step"/> (from 0) of <paramref name="steps"/>: (s + 1)/w of the peak in the first w steps, so that the w-th has the peak; then half a cosine whose last step has the final rate.
    /// </summary>
    public static double At(this WarmupCosineSpec spec, int step, int steps, int stepsPerEpoch)
    {
        int warmup = Math.Min(steps, (int)Math.Round(spec.WarmupEpochs * stepsPerEpoch, MidpointRounding.AwayFromZero));
        if (step < warmup)
            return spec.Peak * (step + 1) / warmup;
        // The cosine's steps count from the peak: the warm-up's last, or without one the first of all.
        int first = Math.Max(0, warmup - 1);
        double progress = steps - 1 > first ? (double)(step - first) / (steps - 1 - first) : 0;
        return spec.Final + ((spec.Peak - spec.Final) * 0.5 * (1 + DeterministicMath.Cos(Math.PI * progress)));
    }
}
