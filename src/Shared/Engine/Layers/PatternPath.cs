using Federated.Engine.Kernels;
using Federated.Engine.Parameters;

namespace Federated.Engine.Layers;

/// <summary>A layer's three products on its kept weights only. Its tables lie in unmanaged memory: 16 bytes a weight (<see cref="WeightPattern"/>).</summary>
internal sealed unsafe class PatternPath : IKernelPath
{
    private readonly PatternPlan plan;
    private readonly PatternKernels kernels;
    private readonly WeightPattern pattern;
    private readonly NativeBuffer<float> scratch;

    /// <summary>Builds the tables for the kept weights (null: all).</summary>
    /// <param name="plan">The layer's geometry.</param>
    /// <param name="kernels">The kernels of the vectors in use.</param>
    /// <param name="kept">The kept weights.</param>
    /// <param name="skipsEmptyRows">Output channels without a weight need not be written: whoever reads them knows that they are zero.</param>
    /// <param name="skipsEmptyTransposedRows">Gradients of input channels without a weight need not be written: nobody reads them.</param>
    /// <param name="threads">Threads that may work at the same time.</param>
    public PatternPath(PatternPlan plan, PatternKernels kernels, BitSet? kept, bool skipsEmptyRows, bool skipsEmptyTransposedRows, int threads)
    {
        this.plan = plan;
        this.kernels = kernels;
        pattern = new WeightPattern(plan, kept, skipsEmptyRows, skipsEmptyTransposedRows);
        scratch = new NativeBuffer<float>((long)threads * PatternGradient.ScratchLength(pattern.LongestRow));
    }

    /// <inheritdoc/>
    public void PrepareForward(float* values)
    {
    }

    /// <inheritdoc/>
    public void Forward(float* values, float* bias, int blocks, TensorBlocks input, TensorBlocks output)
    {
        PatternRows rows = Rows(pattern.RowOffsets);
        foreach (RunList runs in plan.ForwardRuns)
            kernels.Product(rows, values, bias, accumulate: false, runs, blocks, input, output);
    }

    /// <inheritdoc/>
    public void PrepareBackward(float* values) => pattern.Transpose(values);

    /// <inheritdoc/>
    public void PropagateToInput(float* values, bool accumulate, int blocks, TensorBlocks outputGradient, TensorBlocks inputGradient)
    {
        for (int phase = 0; phase < plan.BackwardRuns.Length; phase++)
        {
            var rows = new PatternRows
            {
                Count = pattern.TransposedRows,
                Chunks = pattern.TransposedSplits.Chunks,
                Splits = pattern.TransposedSplits.Pointer + (phase * pattern.TransposedRows),
                SplitStride = pattern.TransposedSplits.Rows,
                Offsets = pattern.TransposedOffsets,
                RowOffsets = pattern.TransposedRowOffsets,
            };
            foreach (RunList runs in plan.BackwardRuns[phase])
                kernels.Product(rows, pattern.TransposedValues, null, accumulate, runs, blocks, outputGradient, inputGradient);
        }
    }

    /// <inheritdoc/>
    public void Gradient(float* gradients, int thread, int blocks, TensorBlocks input, TensorBlocks outputGradient)
    {
        new Span<float>(gradients, pattern.Count).Clear();
        PatternRows rows = Rows(pattern.GradientRowOffsets);
        float* sums = scratch.Pointer + (thread * PatternGradient.ScratchLength(pattern.LongestRow));
        foreach (RunList runs in plan.GradientRuns)
            kernels.Gradient(rows, gradients, sums, pattern.LongestRow, runs, blocks, input, outputGradient);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        pattern.Dispose();
        scratch.Dispose();
    }

    private PatternRows Rows(int* channels) => new()
    {
        Count = pattern.Splits.Rows,
        Chunks = pattern.Splits.Chunks,
        Splits = pattern.Splits.Pointer,
        SplitStride = pattern.Splits.Rows,
        Offsets = pattern.Offsets,
        RowOffsets = channels,
    };
}
