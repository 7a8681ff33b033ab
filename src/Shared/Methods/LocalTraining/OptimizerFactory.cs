using Federated.Engine.Optimizers;
using Federated.Methods.Experiments;

namespace Federated.Methods.LocalTraining;

/// <summary>The optimiser that an experiment asks for.</summary>
internal static class OptimizerFactory
{
    public static IOptimizer Create(OptimizerSpec spec) => spec.Kind switch
    {
        "adam" => new Adam(weightDecay: (float)spec.WeightDecay, decoupled: false),
        "adamw" => new Adam(weightDecay: (float)spec.WeightDecay, decoupled: true),
        _ => new Sgd((float)spec.Momentum, spec.Nesterov, (float)spec.WeightDecay),
    };
}
