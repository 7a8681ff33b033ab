using Federated.Engine.Numerics;

namespace Federated.Methods.Experiments;

/// <summary>The learning rate of a round.</summary>
public static class LearningRates
{
    /// <summary>Learning rate in round <paramref name="round"/> (from 1) of <paramref name="rounds"/>: a cosine goes from the first round's value to the last round's.</summary>
    public static double At(this LearningRateSpec spec, int round, int rounds)
    {
        if (string.Equals(spec.Kind, "constant", StringComparison.Ordinal) || rounds <= 1)
            return spec.Initial;
        double progress = Math.Clamp((round - 1.0) / (rounds - 1), 0, 1);
        return spec.Final + ((spec.Initial - spec.Final) * 0.5 * (1 + DeterministicMath.Cos(Math.PI * progress)));
    }
}
