using Federated.Engine.Models;
using Federated.Engine.Networks;
using Federated.Engine.Parameters;
using Federated.Methods.Federation;

namespace Federated.Methods.LocalTraining;

/// <summary>The model before any training.</summary>
public static class InitialModel
{
    /// <summary>The dense model with the initial weights of a seed.</summary>
    public static GlobalModel Dense(NetworkPlan plan, ulong seed) => new(Mask.Dense(plan.Parameters), Initialization.Values(plan, seed), Initialization.Statistics(plan));
}
