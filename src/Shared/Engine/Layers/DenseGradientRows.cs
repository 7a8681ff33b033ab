using Federated.Engine.Kernels;

namespace Federated.Engine.Layers;

/// <summary>
/// Computes the dense weight gradient a few output channels at a time: 16, or more where they have few weights. Scratch memory, rented once: 4 bytes × (channels
/// at a time + 1) × fan-in.
/// </summary>
internal sealed unsafe class DenseGradientRows : IDisposable
{
    // Output channels that are computed together share one reading of each tile of the input from beyond the L2 cache. So many channels' sums take at most this
    // many floats (160 KB), but there are at least 16.
    private const int MostSums = 40 * 1024;

    private readonly DensePlan plan;
    private readonly DenseKernels kernels;
    private readonly NativeBuffer<float> sums;
    private readonly NativeBuffer<float> row;
    private readonly int atATime;

    /// <summary>Allocates the scratch memory for a layer of this plan.</summary>
    public DenseGradientRows(DensePlan plan, DenseKernels kernels)
    {
        this.plan = plan;
        this.kernels = kernels;
        int most = Math.Max(16, MostSums / plan.FanIn / DenseGradient.RowsPerBlock * DenseGradient.RowsPerBlock);
        int all = (plan.RowsPerGroup + DenseGradient.RowsPerBlock - 1) / DenseGradient.RowsPerBlock * DenseGradient.RowsPerBlock;
        atATime = Math.Min(most, all);
        sums = new NativeBuffer<float>((long)atATime * plan.FanIn);
        row = new NativeBuffer<float>(plan.FanIn);
    }

    /// <summary>Memory for one row.</summary>
    public float* Row => row.Pointer;

    /// <summary>The number of rows that <see cref="Compute"/> computes from <paramref name="first"/> on; all are of the same group.</summary>
    public int CountFrom(int first) => Math.Min(atATime, plan.RowsPerGroup - (first % plan.RowsPerGroup));

    /// <summary>Computes the gradients of <see cref="CountFrom"/> output channels from <paramref name="first"/> on.</summary>
    public void Compute(int first, int blocks, TensorBlocks input, TensorBlocks output)
    {
        int count = CountFrom(first);
        new Span<float>(sums.Pointer, (int)sums.Length).Clear();
        nint group = first / plan.RowsPerGroup;
        var groupInput = new TensorBlocks(input.First + (group * plan.ChannelsPerGroup * plan.InputPlane), input.Stride);
        kernels.Gradient(plan.Tiles, count, plan.OutputGradientOffsets + first, plan.ChannelsPerGroup, plan.InputPlane, sums.Pointer, blocks, groupInput, output);
    }

    /// <summary>
    /// The gradients of four output channels, the first of which is <paramref name="index"/> (a multiple of four) after the first computed: for each weight of a row
    /// four numbers, meaningless beyond the last row computed.
    /// </summary>
    public float* Sums(int index) => sums.Pointer + ((nint)index * plan.FanIn);

    /// <summary>Copies the gradients of one output channel, counted from the first computed.</summary>
    public void Copy(int index, float* to)
    {
        int lane = index % DenseGradient.RowsPerBlock;
        float* from = Sums(index - lane) + lane;
        for (int j = 0; j < plan.FanIn; j++)
            to[j] = from[j * DenseGradient.RowsPerBlock];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        sums.Dispose();
        row.Dispose();
    }
}
