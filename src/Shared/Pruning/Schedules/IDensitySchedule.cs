namespace Federated.Pruning.Schedules;

/// <summary>How dense the model is as time goes on. Steps are whatever the caller counts: rounds, epochs or optimiser steps.</summary>
public interface IDensitySchedule
{
    /// <summary>Name in experiment files and reports.</summary>
    string Name { get; }

    /// <summary>Kept share of the weights that can be pruned at <paramref name="step"/> ≥ 0; in (0, 1], never rising.</summary>
    double DensityAt(int step);
}
