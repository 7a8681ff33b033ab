namespace Federated.Pruning.Schedules;

/// <summary>Which share of a layer's kept weights is exchanged at a mask adjustment.</summary>
public interface IDropSchedule
{
    /// <summary>Name in experiment files and reports.</summary>
    string Name { get; }

    /// <summary>Share of the kept weights to drop and grow at <paramref name="step"/> ≥ 0; in [0, 1].</summary>
    double FractionAt(int step);
}
