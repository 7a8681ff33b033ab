using Federated.Engine.Kernels;

namespace Federated.Engine.Layers;

/// <summary>
/// Computes the dense weight gradient a few output channels at a time. Scratch memory, rented once: 4 bytes × (<see cref="AtATime"/> + 1) × fan-in.
/// </summary>
internal sealed unsafe class DenseGradientRows : IDisposable
{
    /// <summary>
    /// Output channels computed together. They share one reading of each tile of the input from beyond the L2 cache; more would only take more memory.
    /// </summary>
    public const int AtATime = 16;

    private readonly DensePlan plan;
    private readonly DenseKernels kernels;
    private readonly NativeBuffer<float> sums;
    private readonly NativeBuffer<float> row;

    /// <summary>Allocates the scratch memory for a layer of this plan.</summary>
    public DenseGradientRows(DensePlan plan, DenseKernels kernels)
    {
        this.plan = plan;
        this.kernels = kernels;
        sums = new NativeBuffer<float>((long)AtATime * plan.FanIn);
        row = new NativeBuffer<float>(plan.FanIn);
    }

    /// <summary>Memory for one row.</summary>
    public float* Row => row.Pointer;

    /// <summary>The number of rows that <see cref="Compute"/> computes from <paramref name="first"/> on: those of the same group, at most <see cref="AtATime"/>.</summary>
    public int CountFrom(int first) => Math.Min(AtATime, plan.RowsPerGroup - (first % plan.RowsPerGroup));

    /// <summary>Computes the gradients of <see cref="CountFrom"/> output channels from <paramref name="first"/> on.</summary>
    public void Compute(int first, int blocks, TensorBlocks input, TensorBlocks output)
    {
        int count = CountFrom(first);
        new Span<float>(sums.Pointer, (int)sums.Length).Clear();
        nint group = first / plan.RowsPerGroup;
        var groupInput = new TensorBlocks(input.First + (group * plan.ChannelsPerGroup * plan.InputPlane), input.Stride);
        kernels.Gradient(plan.Tiles, count, plan.OutputGradientOffsets + first, plan.ChannelsPerGroup, plan.InputPlane, sums.Pointer, blocks, groupInput, output);
    }

    /// <summary>Copies the gradients of one output channel, counted from the first computed.</summary>
    public void Copy(int index, float* to)
    {
        (int block, int lane) = Math.DivRem(index, DenseGradient.RowsPerBlock);
        float* from = sums.Pointer + ((nint)block * DenseGradient.RowsPerBlock * plan.FanIn) + lane;
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
