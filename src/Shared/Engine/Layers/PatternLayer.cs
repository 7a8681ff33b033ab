using Federated.Engine.Kernels;
using Federated.Engine.Networks;
using Federated.Engine.Parameters;
using Federated.Engine.Tensors;

namespace Federated.Engine.Layers;

/// <summary>
/// A layer whose output is a matrix of weights times its input: convolution and linear. It runs on the kept weights only, by the pattern kernels, or, where most
/// weights are kept, by others (<see cref="PathChoice"/>, <see cref="DepthwisePath"/>). Its tables lie in unmanaged memory that it owns and frees on disposal (or finalisation).
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
    private readonly DenseKernels denseKernels;
    private readonly ParameterLayout layout;
    private readonly int weightTensor;
    private readonly int biasTensor;
    private readonly bool accumulateInputGradient;
    private readonly int maximumBlocks;
    private readonly int threads;
    private readonly CutChannels cut;
    private WeightPattern? pattern;
    private IKernelPath? path;
    private DensePlan? densePlan;
    private NativeBuffer<float>? scratch;
    private DenseGradientStream? stream;
    private Mask? mask;
    private int weightOffset;
    private int biasOffset;

    /// <summary>Binds the plan to its tensors.</summary>
    protected PatternLayer(
        ActivationTensor input, ActivationTensor output, PatternPlan plan, int weightTensor, int biasTensor, ParameterLayout layout,
        bool accumulateInputGradient, VectorWidth width, int maximumBlocks, int threads, CutChannels cut = default)
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
        this.threads = threads;
        kernels = PatternKernels.For(width);
        denseKernels = DenseKernels.For(width);
        RequireTensor(layout, weightTensor, (long)plan.RowOffsets.Length * plan.ReadOffsets.Length, nameof(weightTensor));
        if (biasTensor >= 0)
            RequireTensor(layout, biasTensor, plan.RowOffsets.Length, nameof(biasTensor));
        this.cut = cut;
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
        path?.Dispose();
        (pattern, scratch) = (null, null);
        path = CreatePath(mask[weightTensor], mask.CompactCount(weightTensor));
        if (path is not null)
            return;
        pattern = new WeightPattern(plan, mask[weightTensor], cut.OutputsAreIgnored && biasTensor < 0, cut.InputGradientsAreIgnored && ChannelUse.IsSparse(mask, weightTensor));
        scratch = new NativeBuffer<float>((long)threads * PatternGradient.ScratchLength(pattern.LongestRow));
    }

    /// <inheritdoc/>
    public override void PrepareForward(ref StepContext step)
    {
        path?.PrepareForward(step.Values + weightOffset);
        GC.KeepAlive(this);
    }

    /// <inheritdoc/>
    public override void Forward(ref StepContext step, BlockRange blocks)
    {
        WeightPattern? weights = Ready(in step);
        float* bias = biasTensor < 0 ? null : step.Values + biasOffset;
        TensorBlocks read = Activations(in step, blocks, input);
        TensorBlocks written = Activations(in step, blocks, output);
        if (weights is null)
        {
            path!.Forward(step.Values + weightOffset, bias, blocks.Count, read, written);
        }
        else
        {
            PatternRows rows = RowsOf(weights, weights.RowOffsets);
            foreach (RunList runs in plan.ForwardRuns)
                kernels.Product(rows, step.Values + weightOffset, bias, accumulate: false, runs, blocks.Count, read, written);
        }

        GC.KeepAlive(this);
    }

    /// <inheritdoc/>
    public override void PrepareBackward(ref StepContext step)
    {
        WeightPattern? weights = Ready(in step);
        if (input.HasGradient && weights is null)
            path!.PrepareBackward(step.Values + weightOffset);
        else if (input.HasGradient)
            weights!.Transpose(step.Values + weightOffset);
        GC.KeepAlive(this);
    }

    /// <inheritdoc/>
    public override void Backward(ref StepContext step, BlockRange blocks)
    {
        WeightGradient(ref step, blocks);
        InputGradient(ref step, blocks);
    }

    /// <summary>The contribution of some blocks to the gradient of weights and bias: reads the input's activations and the output's gradient.</summary>
    public void WeightGradient(ref StepContext step, BlockRange blocks)
    {
        WeightPattern? weights = Ready(in step);
        int count = mask!.CompactCount(weightTensor);
        TensorBlocks read = Activations(in step, blocks, input);
        TensorBlocks gradient = Gradients(in step, blocks, output);
        if (biasTensor >= 0)
        {
            kernels.SumChannels(gradient.First, output.GradientGeometry, blocks.Count, step.GroupGradients + biasOffset);
            step.AddGroup(biasOffset, plan.RowOffsets.Length);
        }

        float* gradients = step.GroupGradients + weightOffset;
        if (weights is null)
        {
            path!.Gradient(gradients, step.Thread, blocks.Count, read, gradient);
        }
        else
        {
            new Span<float>(gradients, count).Clear();
            PatternRows rows = RowsOf(weights, weights.GradientRowOffsets);
            float* sums = scratch!.Pointer + (step.Thread * PatternGradient.ScratchLength(weights.LongestRow));
            foreach (RunList runs in plan.GradientRuns)
                kernels.Gradient(rows, gradients, sums, weights.LongestRow, runs, blocks.Count, read, gradient);
        }

        step.AddGroup(weightOffset, count);
        GC.KeepAlive(this);
    }

    /// <summary>The input's gradient of some blocks: reads the output's gradient and none of the activations.</summary>
    public void InputGradient(ref StepContext step, BlockRange blocks)
    {
        if (!input.HasGradient)
            return;
        TensorBlocks read = Gradients(in step, blocks, output);
        TensorBlocks written = Gradients(in step, blocks, input);
        if (Ready(in step) is { } weights)
            PropagateToInput(weights, blocks.Count, read, written);
        else
            path!.PropagateToInput(step.Values + weightOffset, accumulateInputGradient, blocks.Count, read, written);
        GC.KeepAlive(this);
    }

    /// <inheritdoc/>
    public override void FinishBackward(ref StepContext step)
    {
        step.AddGroups(weightOffset, mask!.CompactCount(weightTensor));
        if (biasTensor >= 0)
            step.AddGroups(biasOffset, plan.RowOffsets.Length);
        if (step.Probe?[weightTensor] is { } collector)
            OfferPrunedGradients(in step, collector);
        GC.KeepAlive(this);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        plan.Dispose();
        pattern?.Dispose();
        scratch?.Dispose();
        path?.Dispose();
        densePlan?.Dispose();
        stream?.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Kernels for the kept weights (null: all) other than those of patterns, where they suit the layer better; else null.</summary>
    protected virtual IKernelPath? CreatePath(BitSet? kept, int count)
        => PathChoice.IsDense(count, plan.RowsPerGroup, plan.ReadOffsets.Length, plan.RowOffsets.Length / plan.RowsPerGroup)
            ? new DensePath(densePlan ??= CreateDensePlan(), denseKernels, kept, threads)
            : null;

    /// <summary>What the dense kernels need to know of the layer's geometry; made when they are first needed.</summary>
    protected abstract DensePlan CreateDensePlan();

    private static TensorBlocks Activations(in StepContext step, BlockRange blocks, ActivationTensor tensor) =>
        new(tensor.DataOf(in step, blocks) + (blocks.First * tensor.Geometry.BlockStride), tensor.Geometry.BlockStride);

    private static TensorBlocks Gradients(in StepContext step, BlockRange blocks, ActivationTensor tensor) =>
        new(tensor.GradientOf(in step, blocks) + (blocks.First * tensor.GradientGeometry.BlockStride), tensor.GradientGeometry.BlockStride);

    private static void RequireTensor(ParameterLayout layout, int tensor, long count, string name)
    {
        if ((uint)tensor >= (uint)layout.Tensors.Length)
            throw new ArgumentOutOfRangeException(name, tensor, $"The layout has {layout.Tensors.Length} tensors.");
        if (layout.Tensors[tensor].Count != count)
            throw new ArgumentException($"{layout.Tensors[tensor].Name} has {layout.Tensors[tensor].Count} values, the layer needs {count}.", name);
    }

    private static PatternRows RowsOf(WeightPattern weights, int* channels) => new()
    {
        Count = weights.Splits.Rows,
        Chunks = weights.Splits.Chunks,
        Splits = weights.Splits.Pointer,
        SplitStride = weights.Splits.Rows,
        Offsets = weights.Offsets,
        RowOffsets = channels,
    };

    // Null: other kernels run the layer.
    private WeightPattern? Ready(in StepContext step)
    {
        if (step.Blocks > maximumBlocks)
            throw new InvalidOperationException($"The batch has {step.Blocks} blocks of sixteen images, the layer was built for {maximumBlocks}.");
        if (mask is null)
            throw new InvalidOperationException("The layer has no mask yet: call MaskChanged before the first pass.");
        return pattern;
    }

    private void PropagateToInput(WeightPattern weights, int blocks, TensorBlocks read, TensorBlocks written)
    {
        for (int phase = 0; phase < plan.BackwardRuns.Length; phase++)
        {
            var rows = new PatternRows
            {
                Count = weights.TransposedRows,
                Chunks = weights.TransposedSplits.Chunks,
                Splits = weights.TransposedSplits.Pointer + (phase * weights.TransposedRows),
                SplitStride = weights.TransposedSplits.Rows,
                Offsets = weights.TransposedOffsets,
                RowOffsets = weights.TransposedRowOffsets,
            };
            foreach (RunList runs in plan.BackwardRuns[phase])
                kernels.Product(rows, weights.TransposedValues, null, accumulateInputGradient, runs, blocks, read, written);
        }
    }

    private void OfferPrunedGradients(in StepContext step, TopGradients collector)
    {
        if (mask![weightTensor] is not { } kept)
            return; // A dense tensor has no pruned weights.
        stream ??= new DenseGradientStream(densePlan ??= CreateDensePlan(), denseKernels);
        var all = new BlockRange(0, step.Blocks);
        stream.Offer(collector, kept, step.Blocks, Activations(in step, all, input), Gradients(in step, all, output));
    }
}
