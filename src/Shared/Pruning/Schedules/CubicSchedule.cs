namespace Federated.Pruning.Schedules;

/// <summary>
/// d(t) = d_f + (d_i − d_f)·(1 − (t − t₀)/(t₁ − t₀))³ for t in t₀, t₀+Δ, …, t₁ (Zhu and Gupta 2017, arXiv 1710.01878, eq. 1, written for densities): much is pruned
/// early, when it hurts least. Progress is 0 at t₀ itself, as in the paper; JaxPruner counts from one step earlier.
/// </summary>
public sealed class CubicSchedule : IDensitySchedule
{
    private readonly double initialDensity;
    private readonly double finalDensity;
    private readonly int start;
    private readonly int end;
    private readonly int every;

    /// <summary>Goes from <paramref name="initialDensity"/> at <paramref name="start"/> to <paramref name="finalDensity"/> at <paramref name="end"/> in jumps every <paramref name="every"/> steps.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A density is not in (0, 1] or rises, the steps do not ascend, or the interval does not divide them.</exception>
    public CubicSchedule(double initialDensity, double finalDensity, int start, int end, int every = 1)
    {
        PruningBudget.RequireDensity(initialDensity);
        PruningBudget.RequireDensity(finalDensity);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(finalDensity, initialDensity);
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(end, start);
        ArgumentOutOfRangeException.ThrowIfLessThan(every, 1);
        if ((end - start) % every != 0)
            throw new ArgumentOutOfRangeException(nameof(every), every, $"Jumps every {every} steps do not end at {end} when they start at {start}.");
        this.initialDensity = initialDensity;
        this.finalDensity = finalDensity;
        this.start = start;
        this.end = end;
        this.every = every;
    }

    /// <inheritdoc/>
    public string Name => "cubic";

    /// <inheritdoc/>
    public double DensityAt(int step)
    {
        int elapsed = Math.Clamp(step, start, end) - start;
        double left = 1 - ((double)(elapsed - (elapsed % every)) / (end - start));
        return finalDensity + ((initialDensity - finalDensity) * left * left * left);
    }
}
