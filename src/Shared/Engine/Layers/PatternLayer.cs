using Federated.Engine.Kernels;
using Federated.Engine.Networks;
using Federated.Engine.Parameters;
using Federated.Engine.Tensors;

namespace Federated.Engine.Layers;

/// <summary>
/// A layer whose output is a sparse matrix of weights times its input: convolution and linear. It runs on the kept weights only, at any density.
/// Its tables lie in unmanaged memory that it owns and frees on disposal (or finalisation).
/// </summary>
/// <remarks>
/// Lanes that hold no image may hold any finite activations, but their output gradient must be zero: then they add nothing to any weight's gradient.
/// </remarks>
internal abstract unsafe class PatternLayer : Layer, IDisposable
{
    private readonly ActivationTensor input;
    private readonly ActivationTensor output;
    private readonly PatternPlan plan;
    private readonly PatternKernels kernels;
    private readonly ParameterLayout layout;
    private readonly int weightTensor;
    private readonly int biasTensor;
    private readonly bool accumulateInputGradient;
    private readonly int maximumBlocks;
    private readonly NativeBuffer<int> rowOffsets;
    private readonly NativeBuffer<int> transposedRowOffsets;
    private WeightPattern? pattern;
    private NativeBuffer<float>? scratch;
    private DenseGradientStream? stream;
    private Mask? mask;
    private int weightOffset;
    private int biasOffset;

    /// <summary>Binds the plan to its tensors.</summary>
    protected PatternLayer(
        ActivationTensor input, ActivationTensor output, PatternPlan plan, int weightTensor, int biasTensor, ParameterLayout layout,
        bool accumulateInputGradient, VectorWidth width, int maximumBlocks)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maximumBlocks);
        this.input = input;
        this.output = output;
        this.plan = plan;
        this.layout = layout;
        this.weightTensor = weightTensor;
        this.biasTensor = biasTensor;
        this.accumulateInputGradient = accumulateInputGradient;
        this.maximumBlocks = maximumBlocks;
        kernels = PatternKernels.For(width);
        RequireTensor(layout, weightTensor, (long)plan.RowOffsets.Length * plan.ReadOffsets.Length, nameof(weightTensor));
        if (biasTensor >= 0)
            RequireTensor(layout, biasTensor, plan.RowOffsets.Length, nameof(biasTensor));
        rowOffsets = new NativeBuffer<int>(plan.RowOffsets);
        transposedRowOffsets = new NativeBuffer<int>(plan.TransposedRowOffsets);
    }

    /// <inheritdoc/>
    public override void MaskChanged(Mask mask)
    {
        if (!ReferenceEquals(mask.Layout, layout))
            throw new ArgumentException("The mask belongs to another layout than the layer.", nameof(mask));
        this.mask = mask;
        weightOffset = mask.CompactOffset(weightTensor);
        biasOffset = biasTensor < 0 ? 0 : mask.CompactOffset(biasTensor);
        pattern?.Dispose();
        scratch?.Dispose();
        pattern = new WeightPattern(plan, mask[weightTensor]);
        scratch = new NativeBuffer<float>(PatternGradient.ScratchLength(pattern.LongestRow));
    }

    /// <inheritdoc/>
    public override void Forward(ref StepContext step)
    {
        WeightPattern weights = Ready(in step);
        float* bias = biasTensor < 0 ? null : step.Values + biasOffset;
        PatternRows rows = RowsOf(weights);
        foreach (RunList runs in plan.ForwardRuns)
            kernels.Product(rows, step.Values + weightOffset, bias, accumulate: false, runs, step.Blocks, Activations(input), Activations(output));
        GC.KeepAlive(this);
    }

    /// <inheritdoc/>
    public override void Backward(ref StepContext step)
    {
        WeightPattern weights = Ready(in step);
        if (biasTensor >= 0)
            kernels.SumChannels(output.Gradient, output.Geometry, step.Blocks, step.Gradients + biasOffset);
        float* gradients = step.Gradients + weightOffset;
        new Span<float>(gradients, weights.Count).Clear();
        PatternRows rows = RowsOf(weights);
        foreach (RunList runs in plan.ForwardRuns)
            kernels.Gradient(rows, gradients, scratch!.Pointer, weights.LongestRow, runs, step.Blocks, Activations(input), Gradients(output));
        if (step.Probe?[weightTensor] is { } collector)
            OfferPrunedGradients(collector, step.Blocks);
        if (input.Gradient != null)
            PropagateToInput(weights, step.Values + weightOffset, step.Blocks);
        GC.KeepAlive(this);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        plan.Dispose();
        pattern?.Dispose();
        scratch?.Dispose();
        stream?.Dispose();
        rowOffsets.Dispose();
        transposedRowOffsets.Dispose();
        GC.SuppressFinalize(this);
    }

    private static TensorBlocks Activations(ActivationTensor tensor) => new(tensor.Data, tensor.Geometry.BlockStride);

    private static TensorBlocks Gradients(ActivationTensor tensor) => new(tensor.Gradient, tensor.Geometry.BlockStride);

    private static void RequireTensor(ParameterLayout layout, int tensor, long count, string name)
    {
        if ((uint)tensor >= (uint)layout.Tensors.Length)
            throw new ArgumentOutOfRangeException(name, tensor, $"The layout has {layout.Tensors.Length} tensors.");
        if (layout.Tensors[tensor].Count != count)
            throw new ArgumentException($"{layout.Tensors[tensor].Name} has {layout.Tensors[tensor].Count} values, the layer needs {count}.", name);
    }

    private PatternRows RowsOf(WeightPattern weights) => new()
    {
        Count = plan.RowOffsets.Length,
        Chunks = weights.Splits.Chunks,
        Splits = weights.Splits.Pointer,
        SplitStride = weights.Splits.Rows,
        Offsets = weights.Offsets,
        RowOffsets = rowOffsets.Pointer,
    };

    private WeightPattern Ready(in StepContext step)
    {
        if (step.Blocks > maximumBlocks)
            throw new InvalidOperationException($"The batch has {step.Blocks} blocks of sixteen images, the layer was built for {maximumBlocks}.");
        return pattern ?? throw new InvalidOperationException("The layer has no mask yet: call MaskChanged before the first pass.");
    }

    private void PropagateToInput(WeightPattern weights, float* values, int blocks)
    {
        float* transposed = weights.Transposed(values);
        for (int phase = 0; phase < plan.BackwardRuns.Length; phase++)
        {
            var rows = new PatternRows
            {
                Count = plan.TransposedRowOffsets.Length,
                Chunks = weights.TransposedSplits.Chunks,
                Splits = weights.TransposedSplits.Pointer + (phase * plan.TransposedRowOffsets.Length),
                SplitStride = weights.TransposedSplits.Rows,
                Offsets = weights.TransposedOffsets,
                RowOffsets = transposedRowOffsets.Pointer,
            };
            foreach (RunList runs in plan.BackwardRuns[phase])
                kernels.Product(rows, transposed, null, accumulateInputGradient, runs, blocks, Gradients(output), Gradients(input));
        }
    }

    private void OfferPrunedGradients(TopGradients collector, int blocks)
    {
        if (mask![weightTensor] is not { } kept)
            return; // A dense tensor has no pruned weights.
        stream ??= new DenseGradientStream(plan);
        stream.Offer(collector, kept, kernels, blocks, Activations(input), Gradients(output));
    }
}
