using Federated.Engine.Models;
using Federated.Engine.Parameters;
using Federated.Methods.Federation;

namespace Federated.Methods.LocalTraining;

/// <summary>The model before any training.</summary>
public static class InitialModel
{
    /// <summary>The dense model with the initial weights of the experiment's seed.</summary>
    public static GlobalModel Dense(IFederation federation) => new(
        Mask.Dense(federation.Plan.Parameters),
        Initialization.Values(federation.Plan, federation.Experiment.Seed),
        Initialization.Statistics(federation.Plan));
}
