using Federated.Methods.Experiments;
using Federated.Methods.LocalTraining;

namespace Federated.Methods.PartialTuning;

/// <summary>Training state of a client that trains a part of what it holds.</summary>
internal static class TrainableStateBytes
{
    /// <summary>Four bytes for each value that is held, and for each that trains its gradient and the optimiser's state besides.</summary>
    public static long Of(OptimizerSpec optimizer, long held, long trained) => sizeof(float) * (held + (trained * (1 + OptimizerFactory.Create(optimizer).StatePerValue)));
}
