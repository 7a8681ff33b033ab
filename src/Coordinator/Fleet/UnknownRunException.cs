namespace Federated.Coordinator.Fleet;

/// <summary>There is no run of this name.</summary>
/// <param name="run">The name.</param>
/// <param name="nearest">The name of a run that is like it, or null.</param>
public sealed class UnknownRunException(string run, string? nearest)
    : Exception($"there is no run '{run}' here{(nearest is null ? "" : $"; did you mean '{nearest}'?")} `federated runs` lists them");
