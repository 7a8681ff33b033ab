using Federated.Engine.Parameters;

namespace Federated.Pruning.Costs;

/// <summary>
/// Floating-point operations of one image through a masked model, counted as the literature does (RigL, arXiv 1911.11134; FedTiny, arXiv 2212.01977): a multiply-add is
/// two operations; only convolutions and linear layers count, not normalisation, activation, pooling or the optimiser. F(m) = 2·Σ nnz·positions; the backward pass
/// costs the forward twice (gradient of the input and of the weights). Multiply by the samples processed: samples × epochs for local training.
/// </summary>
public static class FlopCost
{
    /// <summary>Forward pass: F = 2·Σ nnz·positions.</summary>
    public static long Forward(Mask mask) => Sum(mask, -1, dense: false);

    /// <summary>Training step: 3F — forward, gradient of the input, gradient of the kept weights.</summary>
    public static long TrainingStep(Mask mask) => 3 * Forward(mask);

    /// <summary>Training step that also yields the gradient of every pruned weight: 2·F_sparse + F_dense (PruneFL, SNFS; RigL at its updates).</summary>
    public static long DenseGradientStep(Mask mask) => (2 * Forward(mask)) + Sum(mask, -1, dense: true);

    /// <summary>Training step that yields the gradient of every weight of one block only: 3·F_sparse + (F_dense − F_sparse) of the block (FedTiny's progressive pruning).</summary>
    /// <param name="mask">The model's mask.</param>
    /// <param name="block">The block under adjustment, as in <see cref="ParameterTensor.Block"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">The model has no such block.</exception>
    public static long BlockGradientStep(Mask mask, int block)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)block, (uint)mask.Layout.BlockCount, nameof(block));
        return TrainingStep(mask) + Sum(mask, block, dense: true) - Sum(mask, block, dense: false);
    }

    /// <summary>Training step that yields the gradient of every weight of some tensors only: 3·F_sparse + (F_dense − F_sparse) of those tensors.</summary>
    /// <param name="mask">The model's mask.</param>
    /// <param name="tensors">Indices of the tensors in the layout, each once.</param>
    public static long TensorGradientStep(Mask mask, IEnumerable<int> tensors) =>
        TrainingStep(mask) + tensors.Sum(t => 2L * (mask.Layout.Tensors[t].Count - mask.CompactCount(t)) * mask.Layout.Tensors[t].OutputPositions);

    /// <summary>Mean step when every <paramref name="interval"/> ordinary steps are followed by one with dense gradients: (2·F_s + F_d + 3·F_s·ΔT)/(ΔT + 1) (RigL).</summary>
    public static double MeanStepWithUpdates(Mask mask, int interval)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(interval);
        return (DenseGradientStep(mask) + ((double)TrainingStep(mask) * interval)) / (interval + 1.0);
    }

    private static long Sum(Mask mask, int block, bool dense)
    {
        long operations = 0;
        for (int t = 0; t < mask.Layout.Tensors.Length; t++)
        {
            ParameterTensor tensor = mask.Layout.Tensors[t];
            if (tensor.IsPrunable && (block < 0 || tensor.Block == block))
                operations = checked(operations + (2L * (dense ? tensor.Count : mask.CompactCount(t)) * tensor.OutputPositions));
        }

        return operations;
    }
}
