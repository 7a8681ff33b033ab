namespace Federated.Pruning.Schedules;

/// <summary>Dense before one step, at the final density from that step on.</summary>
public sealed class OneShotSchedule : IDensitySchedule
{
    private readonly double density;
    private readonly int pruneAt;

    /// <summary>Prunes to <paramref name="density"/> at step <paramref name="pruneAt"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The density is not in (0, 1], or the step is negative.</exception>
    public OneShotSchedule(double density, int pruneAt = 0)
    {
        PruningBudget.RequireDensity(density);
        ArgumentOutOfRangeException.ThrowIfNegative(pruneAt);
        this.density = density;
        this.pruneAt = pruneAt;
    }

    /// <inheritdoc/>
    public string Name => "one-shot";

    /// <inheritdoc/>
    public double DensityAt(int step) => step < pruneAt ? 1 : density;
}
