using Federated.Engine.Numerics;

namespace Federated.Pruning.Schedules;

/// <summary>
/// ζ(t) = ζ/2·(1 + cos(π·t/T)) until T, then 0 (RigL, arXiv 1911.11134). With ζ = 0.3 it is FedTiny's 0.15·(1 + cos(π·t/(R_stop·E))) (arXiv 2212.01977); counting
/// rounds or local epochs is the same, as t and T are in the same unit.
/// </summary>
public sealed class CosineDropSchedule : IDropSchedule
{
    private readonly double initialFraction;
    private readonly int end;

    /// <summary>Falls from <paramref name="initialFraction"/> at 0 to nothing at <paramref name="end"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The fraction is outside [0, 1], or the end is not positive.</exception>
    public CosineDropSchedule(double initialFraction = 0.3, int end = 100)
    {
        if (!(initialFraction >= 0 && initialFraction <= 1))
            throw new ArgumentOutOfRangeException(nameof(initialFraction), initialFraction, "The fraction of kept weights to exchange is 0 to 1.");
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(end);
        this.initialFraction = initialFraction;
        this.end = end;
    }

    /// <inheritdoc/>
    public string Name => "cosine";

    /// <inheritdoc/>
    public double FractionAt(int step) =>
        step >= end ? 0 : initialFraction / 2 * (1 + DeterministicMath.Cos(Math.PI * Math.Max(step, 0) / end));
}
