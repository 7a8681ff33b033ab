using Federated.Engine.Kernels;
using Federated.Engine.Networks;
using Federated.Engine.Parameters;

namespace Federated.Engine.Layers;

/// <summary>
/// Computes the dense gradient of a layer a few output channels at a time and offers the gradients of pruned weights to a collector: FedTiny's growth
/// signal without the dense gradient ever being stored. Scratch memory is 12 bytes × <see cref="RowsAtATime"/> × fan-in, rented once.
/// </summary>
internal sealed unsafe class DenseGradientStream : IDisposable
{
    // Eight channels share one reading of the tile's neighbourhood from the L2 cache; more would only take more memory.
    private const int RowsAtATime = 8;

    private readonly PatternPlan plan;
    private readonly RowSplits splits;
    private readonly NativeBuffer<int> offsets;
    private readonly NativeBuffer<int> rowOffsets;
    private readonly NativeBuffer<float> gradients;
    private readonly NativeBuffer<float> scratch;

    /// <summary>Allocates the scratch memory for a layer of this plan.</summary>
    public DenseGradientStream(PatternPlan plan)
    {
        this.plan = plan;
        int fanIn = plan.ReadOffsets.Length;
        offsets = new NativeBuffer<int>((long)RowsAtATime * fanIn);
        rowOffsets = new NativeBuffer<int>(plan.GradientRowOffsets);
        gradients = new NativeBuffer<float>((long)RowsAtATime * fanIn);
        scratch = new NativeBuffer<float>(PatternGradient.ScratchLength(fanIn));
        int[] starts = [.. Enumerable.Range(0, RowsAtATime + 1).Select(row => row * fanIn)];
        for (int row = 0; row < RowsAtATime; row++)
            plan.ReadOffsets.CopyTo(new Span<int>(offsets.Pointer + (row * fanIn), fanIn));
        splits = new RowSplits(starts, offsets.Pointer, plan.InputChunk);
    }

    /// <summary>Streams the dense gradient of the current batch past <paramref name="collector"/>, leaving out the <paramref name="kept"/> weights.</summary>
    public void Offer(TopGradients collector, BitSet kept, PatternKernels kernels, int blocks, TensorBlocks input, TensorBlocks output)
    {
        int fanIn = plan.ReadOffsets.Length;
        for (int first = 0; first < plan.RowOffsets.Length; first += RowsAtATime)
        {
            int count = Math.Min(RowsAtATime, plan.RowOffsets.Length - first);
            for (int row = 0; row < count; row++)
            {
                int group = (first + row) / plan.RowsPerGroup;
                for (int j = 0; j < fanIn; j++)
                    offsets.Pointer[(row * fanIn) + j] = plan.ReadOffsets[j] + (group * plan.GroupStride);
            }

            new Span<float>(gradients.Pointer, count * fanIn).Clear();
            var rows = new PatternRows
            {
                Count = count,
                Chunks = splits.Chunks,
                Splits = splits.Pointer,
                SplitStride = splits.Rows,
                Offsets = offsets.Pointer,
                RowOffsets = rowOffsets.Pointer + first,
            };
            foreach (RunList runs in plan.GradientRuns)
                kernels.Gradient(rows, gradients.Pointer, scratch.Pointer, fanIn, runs, blocks, input, output);
            for (int i = 0; i < count * fanIn; i++)
            {
                int position = (first * fanIn) + i;
                if (!kept[position])
                    collector.Offer(position, gradients.Pointer[i]);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        splits.Dispose();
        offsets.Dispose();
        rowOffsets.Dispose();
        gradients.Dispose();
        scratch.Dispose();
    }
}
