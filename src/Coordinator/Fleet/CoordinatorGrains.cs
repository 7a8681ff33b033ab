using Federated.Coordinator.Grains;
using Federated.Coordinator.Placement;

namespace Federated.Coordinator.Fleet;

/// <summary>The kinds of grains that a coordinator hosts.</summary>
internal static class CoordinatorGrains
{
    /// <summary>All kinds, over a storage.</summary>
    public static LocalGrains Create(IGrainStorage storage, TimeProvider time) => new LocalGrains(storage, time)
        .Register<IFleetGrain>("fleet", static context => new FleetGrain(context))
        .Register<INodeGrain>("node", static context => new NodeGrain(context))
        .Register<IExperimentGrain>("experiment", static context => new ExperimentGrain(context, PlacementOptions.Default));
}
