using System.Runtime.Intrinsics;

namespace Federated.Engine.Kernels;

/// <summary>The kernels of depthwise convolutions with a 3×3 kernel for one vector width.</summary>
internal abstract unsafe class DepthwiseKernels
{
    /// <summary>The kernels that use vectors of <paramref name="width"/>; a width that the processor lacks works, slowly.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such width.</exception>
    public static DepthwiseKernels For(VectorWidth width) => width switch
    {
        VectorWidth.V128 => new Kernels<Vector128<float>, Lanes128>(),
        VectorWidth.V256 => new Kernels<Vector256<float>, Lanes256>(),
        VectorWidth.V512 => new Kernels<Vector512<float>, Lanes512>(),
        _ => throw new ArgumentOutOfRangeException(nameof(width), width, "Vectors are 128, 256 or 512 bits wide."),
    };

    /// <summary>Forward pass with stride 1 or 2. See <see cref="DepthwiseProduct"/>.</summary>
    public abstract void Forward(
        in DepthwiseTaps weights, float* values, float* bias, int stride, int rows, int columns, int blocks, DepthwiseMaps input, DepthwiseMaps output);

    /// <summary>Input gradient of stride 1: the flipped kernel over the output's gradient. See <see cref="DepthwiseProduct"/>.</summary>
    public abstract void Flipped(
        in DepthwiseTaps weights, float* values, bool accumulate, int rows, int columns, int blocks, DepthwiseMaps read, DepthwiseMaps written);

    /// <inheritdoc cref="DepthwiseSpread.Run"/>
    public abstract void Spread(
        in DepthwiseTaps weights, float* values, bool accumulate, int rows, int columns, int blocks, DepthwiseMaps read, DepthwiseMaps written);

    /// <summary>Weight gradient of stride 1 or 2. See <see cref="DepthwiseGradient"/>.</summary>
    public abstract void Gradient(
        in DepthwiseTaps weights, float* gradients, int stride, int rows, int columns, int blocks, DepthwiseMaps input, DepthwiseMaps output);

    private sealed class Kernels<TVector, TLanes> : DepthwiseKernels
        where TVector : struct
        where TLanes : ILanes<TVector>
    {
        public override void Forward(
            in DepthwiseTaps weights, float* values, float* bias, int stride, int rows, int columns, int blocks, DepthwiseMaps input, DepthwiseMaps output)
        {
            if (stride == 1)
                DepthwiseProduct.Run<TVector, TLanes, One, One>(weights, values, bias, accumulate: false, rows, columns, blocks, input, output);
            else
                DepthwiseProduct.Run<TVector, TLanes, Two, One>(weights, values, bias, accumulate: false, rows, columns, blocks, input, output);
        }

        public override void Flipped(
            in DepthwiseTaps weights, float* values, bool accumulate, int rows, int columns, int blocks, DepthwiseMaps read, DepthwiseMaps written)
            => DepthwiseProduct.Run<TVector, TLanes, One, Two>(weights, values, null, accumulate, rows, columns, blocks, read, written);

        public override void Spread(
            in DepthwiseTaps weights, float* values, bool accumulate, int rows, int columns, int blocks, DepthwiseMaps read, DepthwiseMaps written)
            => DepthwiseSpread.Run<TVector, TLanes>(weights, values, accumulate, rows, columns, blocks, read, written);

        public override void Gradient(
            in DepthwiseTaps weights, float* gradients, int stride, int rows, int columns, int blocks, DepthwiseMaps input, DepthwiseMaps output)
        {
            if (stride == 1)
                DepthwiseGradient.Run<TVector, TLanes, One>(weights, gradients, rows, columns, blocks, input, output);
            else
                DepthwiseGradient.Run<TVector, TLanes, Two>(weights, gradients, rows, columns, blocks, input, output);
        }
    }
}
