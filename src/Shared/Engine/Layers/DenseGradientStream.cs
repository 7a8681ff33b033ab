using System.Numerics;
using System.Runtime.Intrinsics;
using Federated.Engine.Kernels;
using Federated.Engine.Networks;
using Federated.Engine.Parameters;

namespace Federated.Engine.Layers;

/// <summary>
/// Computes the dense gradient of a layer a few output channels at a time and offers the gradients of pruned weights to a collector: FedTiny's growth
/// signal without the dense gradient ever being stored. Scratch memory: that of <see cref="DenseGradientRows"/>.
/// </summary>
internal sealed unsafe class DenseGradientStream : IDisposable
{
    private readonly DensePlan plan;
    private readonly DenseGradientRows rows;

    /// <summary>Allocates the scratch memory for a layer of this plan, which stays the caller's.</summary>
    public DenseGradientStream(DensePlan plan, DenseKernels kernels)
    {
        this.plan = plan;
        rows = new DenseGradientRows(plan, kernels);
    }

    /// <summary>Streams the dense gradient of the current batch past <paramref name="collector"/>, leaving out the <paramref name="kept"/> weights.</summary>
    public void Offer(TopGradients collector, BitSet kept, int blocks, TensorBlocks input, TensorBlocks outputGradient)
    {
        int total = plan.Groups * plan.RowsPerGroup;
        for (int first = 0; first < total; first += rows.CountFrom(first))
        {
            rows.Compute(first, blocks, input, outputGradient);
            for (int i = 0; i < rows.CountFrom(first); i += DenseGradient.RowsPerBlock)
                Offer(collector, kept, first + i, Math.Min(DenseGradient.RowsPerBlock, rows.CountFrom(first) - i), rows.Sums(i));
        }
    }

    /// <inheritdoc/>
    public void Dispose() => rows.Dispose();

    // Nearly all gradients are weaker than the weakest that is kept: sixteen are compared at once.
    private void Offer(TopGradients collector, BitSet kept, int row, int rowCount, float* sums)
    {
        int count = DenseGradient.RowsPerBlock * plan.FanIn;
        int at = 0;
        for (; at <= count - Vector512<float>.Count; at += Vector512<float>.Count)
        {
            ulong candidates = ~Vector512.LessThan(Vector512.Abs(Vector512.Load(sums + at)), Vector512.Create(collector.Weakest)).ExtractMostSignificantBits() & 0xFFFF;
            for (; candidates != 0; candidates &= candidates - 1)
                Offer(collector, kept, row, rowCount, sums, at + BitOperations.TrailingZeroCount(candidates));
        }

        for (; at < count; at++)
            Offer(collector, kept, row, rowCount, sums, at);
    }

    private void Offer(TopGradients collector, BitSet kept, int row, int rowCount, float* sums, int at)
    {
        (int weight, int lane) = Math.DivRem(at, DenseGradient.RowsPerBlock);
        int position = ((row + lane) * plan.FanIn) + weight;
        if (lane < rowCount && !kept[position])
            collector.Offer(position, sums[at]);
    }
}
