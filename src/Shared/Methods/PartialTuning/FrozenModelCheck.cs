using Federated.Engine.Networks;
using Federated.Methods.Experiments;

namespace Federated.Methods.PartialTuning;

/// <summary>Refuses models whose frozen part would change all the same.</summary>
internal static class FrozenModelCheck
{
    /// <summary>Checks a model of which a part is frozen.</summary>
    /// <exception cref="ExperimentException">It has batch normalisation.</exception>
    public static void Require(NetworkPlan plan)
    {
        if (plan.Statistics.Count > 0)
            throw new ExperimentException($"{plan.Name} has batch normalisation, whose running statistics change while the model is frozen; choose a model without, for instance vit.");
    }
}
