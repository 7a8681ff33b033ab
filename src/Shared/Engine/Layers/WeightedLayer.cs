using Federated.Engine.Kernels;
using Federated.Engine.Networks;
using Federated.Engine.Parameters;
using Federated.Engine.Tensors;

namespace Federated.Engine.Layers;

/// <summary>
/// A layer whose output is a matrix of weights times its input: convolution and linear. The kernels are chosen anew for each mask: on the kept weights only
/// (<see cref="PatternPath"/>), or, where most weights are kept, dense or depthwise ones. Their tables lie in unmanaged memory that the layer owns and frees on disposal.
/// </summary>
/// <remarks>
/// Lanes that hold no image may hold any finite activations, but their output gradient must be zero: then they add nothing to any weight's gradient.
/// </remarks>
internal abstract unsafe class WeightedLayer : Layer, IDisposable
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
    private IKernelPath? path;
    private DensePlan? densePlan;
    private DenseGradientStream? stream;
    private Mask? mask;
    private int weightOffset;
    private int biasOffset;

    /// <summary>Binds the plan to its tensors.</summary>
    protected WeightedLayer(
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
        path?.Dispose();
        path = CreatePath(mask);
    }

    /// <inheritdoc/>
    public override void PrepareForward(ref StepContext step)
    {
        Ready(in step).PrepareForward(step.Values + weightOffset);
        GC.KeepAlive(this);
    }

    /// <inheritdoc/>
    public override void Forward(ref StepContext step, BlockRange blocks)
    {
        float* bias = biasTensor < 0 ? null : step.Values + biasOffset;
        Ready(in step).Forward(step.Values + weightOffset, bias, blocks.Count, Activations(in step, blocks, input), Activations(in step, blocks, output));
        GC.KeepAlive(this);
    }

    /// <inheritdoc/>
    public override void PrepareBackward(ref StepContext step)
    {
        if (GivesInputGradient)
            Ready(in step).PrepareBackward(step.Values + weightOffset);
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
        if (!GivesParameterGradients)
            return;
        TensorBlocks gradient = Gradients(in step, blocks, output);
        if (biasTensor >= 0)
        {
            kernels.SumChannels(gradient.First, output.GradientGeometry, blocks.Count, step.GroupGradients + biasOffset);
            step.AddGroup(biasOffset, plan.RowOffsets.Length);
        }

        Ready(in step).Gradient(step.GroupGradients + weightOffset, step.Thread, blocks.Count, Activations(in step, blocks, input), gradient);
        step.AddGroup(weightOffset, mask!.CompactCount(weightTensor));
        GC.KeepAlive(this);
    }

    /// <summary>The input's gradient of some blocks: reads the output's gradient and none of the activations.</summary>
    public void InputGradient(ref StepContext step, BlockRange blocks)
    {
        if (!GivesInputGradient)
            return;
        Ready(in step).PropagateToInput(
            step.Values + weightOffset, accumulateInputGradient, blocks.Count, Gradients(in step, blocks, output), Gradients(in step, blocks, input));
        GC.KeepAlive(this);
    }

    /// <inheritdoc/>
    public override void FinishBackward(ref StepContext step)
    {
        if (!GivesParameterGradients)
            return;
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
        path?.Dispose();
        densePlan?.Dispose();
        stream?.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>The depthwise kernels for <paramref name="count"/> kept weights (null: all), where they suit the layer; else null.</summary>
    protected virtual IKernelPath? CreateDepthwisePath(BitSet? kept, int count) => null;

    /// <summary>What the dense kernels need to know of the layer's geometry; made when they are first needed.</summary>
    protected abstract DensePlan CreateDensePlan();

    private bool GivesInputGradient => input.HasGradient && (Demand & BackwardDemand.Inputs) != BackwardDemand.None;

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

    private IKernelPath CreatePath(Mask mask)
    {
        BitSet? kept = mask[weightTensor];
        int count = mask.CompactCount(weightTensor);
        if (CreateDepthwisePath(kept, count) is { } depthwise)
            return depthwise;
        if (PathChoice.IsDense(count, plan.RowsPerGroup, plan.ReadOffsets.Length, plan.RowOffsets.Length / plan.RowsPerGroup))
            return new DensePath(densePlan ??= CreateDensePlan(), denseKernels, kept, threads);
        return new PatternPath(
            plan, kernels, kept, cut.OutputsAreIgnored && biasTensor < 0, cut.InputGradientsAreIgnored && ChannelUse.IsSparse(mask, weightTensor), threads);
    }

    private IKernelPath Ready(in StepContext step)
    {
        if (step.Blocks > maximumBlocks)
            throw new InvalidOperationException($"The batch has {step.Blocks} blocks of sixteen images, the layer was built for {maximumBlocks}.");
        return path ?? throw new InvalidOperationException("The layer has no mask yet: call MaskChanged before the first pass.");
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
