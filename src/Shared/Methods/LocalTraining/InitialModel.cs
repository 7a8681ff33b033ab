using Federated.Engine.Models;
using Federated.Engine.Networks;
using Federated.Engine.Parameters;
using Federated.Methods.Experiments;
using Federated.Methods.Federation;

namespace Federated.Methods.LocalTraining;

/// <summary>The model before any training. Only the server asks for it: nodes need no file of pre-trained values.</summary>
public static class InitialModel
{
    /// <summary>The dense model with the values of the experiment's checkpoint, where it has one, and the initial values of its seed for the rest.</summary>
    /// <exception cref="PretrainedValuesException">The checkpoint cannot be read or does not fit the model; the message says what to do.</exception>
    public static GlobalModel Dense(NetworkPlan plan, ExperimentSpec experiment) => Dense(plan, experiment.Model, experiment.Seed);

    /// <summary>The dense model with the values of the model's checkpoint, where it has one, and the initial values of a seed for the rest.</summary>
    /// <exception cref="PretrainedValuesException">The checkpoint cannot be read or does not fit the model; the message says what to do.</exception>
    public static GlobalModel Dense(NetworkPlan plan, ModelSpec model, ulong seed)
    {
        float[] values = Initialization.Values(plan, seed);
        float[] statistics = Initialization.Statistics(plan);
        if (model.Checkpoint is { } path)
            PretrainedValues.Load(path, plan, values, statistics);
        return new GlobalModel(Mask.Dense(plan.Parameters), values, statistics);
    }
}
