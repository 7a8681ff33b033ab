using Federated.Engine.Networks;
using Federated.Engine.Storage;

namespace Federated.Coordinator.Runs;

/// <summary>A model as named tensors, for files that other programs read.</summary>
internal static class ModelTensors
{
    /// <summary>The parameters and then the running statistics, in the order of the plan.</summary>
    /// <param name="plan">The model.</param>
    /// <param name="dense">The dense vector of all parameters.</param>
    /// <param name="statistics">The running statistics.</param>
    public static IEnumerable<NamedTensor> Of(NetworkPlan plan, float[] dense, float[] statistics) => plan.Parameters.Tensors
        .Select(tensor => NamedTensor.FromSingles(tensor.Name, [.. tensor.Shape], dense.AsSpan(tensor.Offset, tensor.Count)))
        .Concat(plan.Statistics.Tensors.Select(entry => NamedTensor.FromSingles(entry.Name, [entry.Count], statistics.AsSpan(entry.Offset, entry.Count))));
}
