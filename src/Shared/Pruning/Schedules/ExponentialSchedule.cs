using Federated.Engine.Numerics;

namespace Federated.Pruning.Schedules;

/// <summary>d(k) = ρ^(k/N): the same share of the remaining weights goes at every one of N steps (SynFlow, arXiv 2006.05467, N = 100), which keeps layers from collapsing.</summary>
public sealed class ExponentialSchedule : IDensitySchedule
{
    private readonly double finalDensity;
    private readonly int steps;

    /// <summary>Reaches <paramref name="finalDensity"/> after <paramref name="steps"/> steps.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The density is not in (0, 1], or the number of steps is not positive.</exception>
    public ExponentialSchedule(double finalDensity, int steps)
    {
        PruningBudget.RequireDensity(finalDensity);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(steps);
        this.finalDensity = finalDensity;
        this.steps = steps;
    }

    /// <inheritdoc/>
    public string Name => "exponential";

    /// <inheritdoc/>
    public double DensityAt(int step) =>
        step >= steps ? finalDensity : DeterministicMath.Pow(finalDensity, (double)Math.Max(step, 0) / steps);
}
