using Federated.Engine.Parameters;
using Federated.Engine.Tensors;

namespace Federated.Engine.Layers;

/// <summary>
/// One operation of the network's plan, bound to its tensors in one worker's memory. A pass goes through groups of blocks, each on any thread; before
/// and after all groups a layer may do what concerns the whole batch. No pass allocates managed memory.
/// </summary>
internal abstract unsafe class Layer
{
    /// <summary>What the backward pass has to give. A layer may give more where that costs little; it is not asked at all where the demand is nothing.</summary>
    public BackwardDemand Demand { get; set; } = BackwardDemand.All;

    /// <summary>Whether any of the layer's own tensors trains.</summary>
    protected bool GivesParameterGradients => (Demand & BackwardDemand.Parameters) != BackwardDemand.None;

    /// <summary>Called when the mask changes, before the next pass: rebuild what depends on it. May allocate.</summary>
    public virtual void MaskChanged(Mask mask)
    {
    }

    /// <summary>On one thread, before the first <see cref="Forward(ref StepContext, BlockRange)"/> of a step.</summary>
    public virtual void PrepareForward(ref StepContext step)
    {
    }

    /// <summary>Computes the outputs' activations of some blocks from the inputs'.</summary>
    public abstract void Forward(ref StepContext step, BlockRange blocks);

    /// <summary>On one thread, before the first <see cref="Backward(ref StepContext, BlockRange)"/> of a step.</summary>
    public virtual void PrepareBackward(ref StepContext step)
    {
    }

    /// <summary>
    /// Computes the inputs' gradients of some blocks from the outputs', and their contribution to the layer's own part of <see cref="StepContext.Gradients"/>.
    /// An input that several layers read is marked accumulate for all but the layer whose backward pass comes first.
    /// </summary>
    public abstract void Backward(ref StepContext step, BlockRange blocks);

    /// <summary>On one thread, after all blocks: completes the layer's part of <see cref="StepContext.Gradients"/>.</summary>
    public virtual void FinishBackward(ref StepContext step)
    {
    }

    /// <summary>The forward pass of the whole batch, for a layer that stands alone.</summary>
    public virtual void Forward(ref StepContext step)
    {
        PrepareForward(ref step);
        Forward(ref step, new BlockRange(0, step.Blocks));
    }

    /// <summary>The backward pass of the whole batch, for a layer that stands alone.</summary>
    public virtual void Backward(ref StepContext step)
    {
        step.GroupGradients = step.Gradients;
        PrepareBackward(ref step);
        Backward(ref step, new BlockRange(0, step.Blocks));
        FinishBackward(ref step);
    }
}
