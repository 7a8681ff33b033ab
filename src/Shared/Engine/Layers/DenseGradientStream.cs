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
            for (int i = 0; i < rows.CountFrom(first); i++)
            {
                rows.Copy(i, rows.Row);
                int start = (first + i) * plan.FanIn;
                for (int j = 0; j < plan.FanIn; j++)
                {
                    if (!kept[start + j])
                        collector.Offer(start + j, rows.Row[j]);
                }
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => rows.Dispose();
}
