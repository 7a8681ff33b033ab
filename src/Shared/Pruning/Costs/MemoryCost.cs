using Federated.Engine.Parameters;

namespace Federated.Pruning.Costs;

/// <summary>How much of the gradient a method holds at once.</summary>
public enum GradientStorage
{
    /// <summary>Nothing: the device only evaluates.</summary>
    None,

    /// <summary>The gradients of the kept weights.</summary>
    Sparse,

    /// <summary>The gradients of all weights (PruneFL, RigL, dense training).</summary>
    Dense,
}

/// <summary>What a method asks of a device's memory, beside the mask.</summary>
/// <param name="Index">How the positions of the kept weights are stored.</param>
/// <param name="Gradients">How much of the gradient is held at once.</param>
/// <param name="OptimizerStates">Values of optimiser state per kept parameter: 0 for SGD, 1 with momentum, 2 for Adam.</param>
/// <param name="TopGradients">Room for this many (position, value) pairs of the largest gradients among the pruned weights; 8 bytes each.</param>
/// <param name="ActivationBytes">Bytes of the activations of one batch, as <c>NetworkPlan.ActivationBytes</c> reports them.</param>
public sealed record MemoryDemand(IndexForm Index, GradientStorage Gradients, int OptimizerStates = 0, int TopGradients = 0, long ActivationBytes = 0);

/// <summary>
/// Bytes of device memory by formula: parameters + positions + gradients + optimiser state + buffer of the largest gradients, and activations apart. FedTiny
/// (arXiv 2212.01977) reports <see cref="ModelBytes"/>, FedMef (arXiv 2403.14737) <see cref="TotalBytes"/>; both stand in every report.
/// </summary>
/// <param name="ParameterBytes">Values of the kept parameters, 4 bytes each.</param>
/// <param name="IndexBytes">Positions of the kept weights.</param>
/// <param name="GradientBytes">Gradients held at once.</param>
/// <param name="OptimizerBytes">Optimiser state of the kept parameters.</param>
/// <param name="TopGradientBytes">Buffer of the largest gradients.</param>
/// <param name="ActivationBytes">Activations of one batch.</param>
public readonly record struct MemoryCost(long ParameterBytes, long IndexBytes, long GradientBytes, long OptimizerBytes, long TopGradientBytes, long ActivationBytes)
{
    /// <summary>Everything but the activations.</summary>
    public long ModelBytes => ParameterBytes + IndexBytes + GradientBytes + OptimizerBytes + TopGradientBytes;

    /// <summary>Everything.</summary>
    public long TotalBytes => ModelBytes + ActivationBytes;

    /// <summary>The memory of a device that holds the model of <paramref name="mask"/> and what the method demands beside it.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A demand is negative.</exception>
    public static MemoryCost Of(Mask mask, MemoryDemand demand)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(demand.OptimizerStates);
        ArgumentOutOfRangeException.ThrowIfNegative(demand.TopGradients);
        ArgumentOutOfRangeException.ThrowIfNegative(demand.ActivationBytes);
        SparseSize size = SparseSize.Of(mask, demand.Index);
        long gradients = demand.Gradients switch
        {
            GradientStorage.None => 0,
            GradientStorage.Sparse => (long)sizeof(float) * mask.Count,
            GradientStorage.Dense => (long)sizeof(float) * mask.Layout.Count,
            _ => throw new ArgumentOutOfRangeException(nameof(demand), demand.Gradients, "Unknown storage of gradients."),
        };
        return new MemoryCost(
            size.ValueBytes,
            size.IndexBytes,
            gradients,
            size.ValueBytes * demand.OptimizerStates,
            (long)(sizeof(int) + sizeof(float)) * demand.TopGradients,
            demand.ActivationBytes);
    }
}
