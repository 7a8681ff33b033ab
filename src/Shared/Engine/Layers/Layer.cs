using Federated.Engine.Parameters;

namespace Federated.Engine.Layers;

/// <summary>One step of the network's plan, bound to its tensors in one worker's arena. Neither pass allocates managed memory.</summary>
internal abstract class Layer
{
    /// <summary>Called when the mask changes, before the next pass: rebuild what depends on it. May allocate.</summary>
    public virtual void MaskChanged(Mask mask)
    {
    }

    /// <summary>Computes the outputs' activations from the inputs'.</summary>
    public abstract void Forward(ref StepContext step);

    /// <summary>
    /// Computes the inputs' gradients and the layer's own part of <see cref="StepContext.Gradients"/> from the outputs' gradients.
    /// An input that several layers read is marked accumulate for all but the layer whose backward pass comes first.
    /// </summary>
    public abstract void Backward(ref StepContext step);
}
