using System.Collections.Immutable;
using Federated.Coordinator.Placement;

namespace Federated.Coordinator.Grains;

/// <summary>What placement wants after an event.</summary>
/// <param name="Actions">To be carried out in this order.</param>
/// <param name="NextDeadline">When <see cref="IExperimentGrain.TickAsync"/> is to be called though nothing has happened; null when there is no such time.</param>
/// <param name="IsWaiting">There is work and no node that may do it.</param>
internal sealed record PlacementStep(ImmutableArray<PlacementAction> Actions, TimeSpan? NextDeadline, bool IsWaiting)
{
    /// <summary>Nothing to do.</summary>
    public static PlacementStep None { get; } = new([], null, IsWaiting: false);
}
