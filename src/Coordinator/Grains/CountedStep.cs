using Federated.Coordinator.Placement;

namespace Federated.Coordinator.Grains;

/// <summary>What follows when an answer was counted.</summary>
/// <param name="Step">What is to be done.</param>
/// <param name="Work">For <see cref="INodeGrain.CountedAsync"/>.</param>
internal sealed record CountedStep(PlacementStep Step, ListWork Work);
