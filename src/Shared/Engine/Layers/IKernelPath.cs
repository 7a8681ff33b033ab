using Federated.Engine.Kernels;

namespace Federated.Engine.Layers;

/// <summary>
/// A layer's three products for one mask, by one kind of kernels. Several threads may use it at once, each on other blocks, between
/// preparations.
/// </summary>
internal unsafe interface IKernelPath : IDisposable
{
    /// <summary>On one thread, before the first <see cref="Forward"/> with these values (the layer's part of the compact vector).</summary>
    void PrepareForward(float* values);

    /// <summary>Computes the output from the input.</summary>
    /// <param name="values">The layer's part of the compact vector, as prepared.</param>
    /// <param name="bias">One number an output channel, or null.</param>
    /// <param name="blocks">Blocks of sixteen images.</param>
    /// <param name="input">The input.</param>
    /// <param name="output">The output.</param>
    void Forward(float* values, float* bias, int blocks, TensorBlocks input, TensorBlocks output);

    /// <summary>On one thread, before the first <see cref="PropagateToInput"/> with these values; ends what <see cref="PrepareForward"/> prepared.</summary>
    void PrepareBackward(float* values);

    /// <summary>Computes the input's gradient from the output's, or adds it to the one already there.</summary>
    void PropagateToInput(float* values, bool accumulate, int blocks, TensorBlocks outputGradient, TensorBlocks inputGradient);

    /// <summary>Computes the gradients of the kept weights.</summary>
    /// <param name="gradients">The layer's part of the compact gradient; overwritten.</param>
    /// <param name="thread">Number of the thread that works, from 0.</param>
    /// <param name="blocks">Blocks of sixteen images.</param>
    /// <param name="input">The input.</param>
    /// <param name="outputGradient">The output's gradient.</param>
    void Gradient(float* gradients, int thread, int blocks, TensorBlocks input, TensorBlocks outputGradient);
}
