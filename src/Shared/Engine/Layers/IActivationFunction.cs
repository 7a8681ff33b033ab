using System.Runtime.Intrinsics;

namespace Federated.Engine.Layers;

/// <summary>A function of single values, and its gradient.</summary>
internal interface IActivationFunction
{
    /// <summary>Whether the gradient follows from the function's value and not from its argument, so that the argument may be overwritten.</summary>
    static abstract bool GradientReadsOutput { get; }

    /// <summary>The function.</summary>
    static abstract Vector512<float> Value(Vector512<float> argument);

    /// <summary>The gradient by the argument.</summary>
    /// <param name="known">The value or the argument, see <see cref="GradientReadsOutput"/>.</param>
    /// <param name="gradient">The gradient by the value.</param>
    static abstract Vector512<float> Gradient(Vector512<float> known, Vector512<float> gradient);
}
