using System.Numerics;
using Federated.Engine.Kernels;
using Federated.Engine.Parameters;

namespace Federated.Engine.Layers;

/// <summary>
/// A layer's three products by the dense kernels, for the weights that a mask keeps (null: all): pruned weights are computed on as zeros, their gradients are
/// computed and dropped. Faster than the pattern kernels above the densities of <see cref="PathChoice"/>.
/// </summary>
internal sealed unsafe class DensePath : IKernelPath
{
    private readonly DensePlan plan;
    private readonly DenseKernels kernels;
    private readonly BitSet? kept;
    private readonly DenseWeights weights;
    private readonly DenseGradientRows[] rows = [];
    private readonly LinearGradient[] linear = [];
    private readonly TokenGradientStrips[] tokens = [];
    private float* packed;

    /// <summary>Allocates memory for the kept weights of a layer on which up to <paramref name="threads"/> threads work; the plan stays the caller's.</summary>
    public DensePath(DensePlan plan, DenseKernels kernels, BitSet? kept, int threads)
    {
        this.plan = plan;
        this.kernels = kernels;
        this.kept = kept?.Count == kept?.Length ? null : kept;
        weights = new DenseWeights(plan, this.kept);
        if (plan.IsInPlace && this.kept is null)
            linear = [.. Enumerable.Range(0, threads).Select(_ => new LinearGradient(plan, kernels))];
        else if (plan.Tokens > 0 && this.kept is null)
            tokens = [.. Enumerable.Range(0, threads).Select(_ => new TokenGradientStrips(plan, kernels))];
        else
            rows = [.. Enumerable.Range(0, threads).Select(_ => new DenseGradientRows(plan, kernels))];
    }

    /// <inheritdoc/>
    public void PrepareForward(float* values) => packed = weights.Forward(values);

    /// <inheritdoc/>
    public void PrepareBackward(float* values) => packed = weights.Transposed(values);

    /// <inheritdoc/>
    public void Forward(float* values, float* bias, int blocks, TensorBlocks input, TensorBlocks output)
    {
        for (int group = 0; group < plan.Groups; group++)
        {
            int first = group * plan.RowsPerGroup;
            DenseRows panel = RowsOf(group, plan.RowsPerGroup, plan.FanIn, plan.OutputOffsets + first);
            panel.RowStride = plan.IsInPlace ? plan.FanIn : 1;
            panel.WeightStride = plan.IsInPlace ? 1 : DenseRows.PerBlock;
            var read = new TensorBlocks(input.First + ((nint)group * plan.ChannelsPerGroup * plan.InputPlane), input.Stride);
            foreach (PixelClass pixels in plan.Forward)
                kernels.Product(panel, pixels, bias == null ? null : bias + first, accumulate: false, blocks, read, output);
        }
    }

    /// <inheritdoc/>
    public void PropagateToInput(float* values, bool accumulate, int blocks, TensorBlocks outputGradient, TensorBlocks inputGradient)
    {
        for (int group = 0; group < plan.Groups; group++)
        {
            DenseRows panel = RowsOf(group, plan.TransposedRowsPerGroup, plan.RowsPerGroup * plan.Taps, plan.InputOffsets + (group * plan.TransposedRowsPerGroup));
            panel.RowStride = 1;
            panel.WeightStride = plan.IsInPlace ? plan.FanIn : DenseRows.PerBlock;
            var read = new TensorBlocks(outputGradient.First + ((nint)group * plan.RowsPerGroup * plan.OutputGradient.PlaneStride), outputGradient.Stride);
            foreach (PixelClass pixels in plan.Backward)
                kernels.Product(panel, pixels, null, accumulate, blocks, read, inputGradient);
        }
    }

    /// <inheritdoc/>
    public void Gradient(float* gradients, int thread, int blocks, TensorBlocks input, TensorBlocks outputGradient)
    {
        if (linear.Length > 0)
        {
            linear[thread].Compute(gradients, blocks, input, outputGradient);
            return;
        }

        if (tokens.Length > 0)
        {
            tokens[thread].Compute(gradients, blocks, input, outputGradient);
            return;
        }

        DenseGradientRows own = rows[thread];
        int total = plan.Groups * plan.RowsPerGroup;
        for (int first = 0; first < total; first += own.CountFrom(first))
        {
            own.Compute(first, blocks, input, outputGradient);
            for (int i = 0; i < own.CountFrom(first); i++)
            {
                if (kept is null)
                {
                    own.Copy(i, gradients);
                    gradients += plan.FanIn;
                }
                else
                {
                    own.Copy(i, own.Row);
                    gradients = Gather(own.Row, (first + i) * plan.FanIn, gradients);
                }
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        weights.Dispose();
        foreach (DenseGradientRows one in rows)
            one.Dispose();
        foreach (LinearGradient one in linear)
            one.Dispose();
        foreach (TokenGradientStrips one in tokens)
            one.Dispose();
    }

    private DenseRows RowsOf(int group, int count, int reduced, int* rowOffsets) => new()
    {
        Weights = packed + (group * DenseWeights.PanelFloats(count, reduced)),
        Count = count,
        IsPacked = !plan.IsInPlace,
        PanelStride = (nint)DenseRows.PerBlock * reduced,
        RowOffsets = rowOffsets,
    };

    private float* Gather(float* row, int start, float* to)
    {
        int end = start + plan.FanIn;
        for (int word = start >> 6; word << 6 < end; word++)
        {
            for (ulong bits = kept!.Words[word]; bits != 0; bits &= bits - 1)
            {
                int position = (word << 6) + BitOperations.TrailingZeroCount(bits);
                if (position >= start && position < end)
                    *to++ = row[position - start];
            }
        }

        return to;
    }
}
