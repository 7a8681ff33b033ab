using System.Runtime.Intrinsics;

namespace Federated.Engine.Kernels;

/// <summary>The dense kernels of one vector width.</summary>
internal abstract unsafe class DenseKernels
{
    /// <summary>The kernels that use vectors of <paramref name="width"/>; a width that the processor lacks works, slowly.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such width.</exception>
    public static DenseKernels For(VectorWidth width) => width switch
    {
        VectorWidth.V128 => new Kernels<Vector128<float>, Lanes128>(),
        VectorWidth.V256 => new Kernels<Vector256<float>, Lanes256>(),
        VectorWidth.V512 => new Kernels<Vector512<float>, Lanes512>(),
        _ => throw new ArgumentOutOfRangeException(nameof(width), width, "Vectors are 128, 256 or 512 bits wide."),
    };

    /// <inheritdoc cref="DenseProduct.Run"/>
    public abstract void Product(
        in DenseRows rows, PixelClass pixels, float* initial, bool accumulate, int blocks, TensorBlocks read, TensorBlocks written);

    /// <inheritdoc cref="DenseGradient.Run"/>
    public abstract void Gradient(
        GradientTiles tiles, int rows, int* rowOffsets, int channels, nint channelStride, float* sums, int blocks, TensorBlocks input, TensorBlocks output);

    /// <inheritdoc cref="Federated.Engine.Kernels.TokenGradient.Run"/>
    public abstract void TokenGradient(
        float* outer, nint outerStride, int rows, float* packed, int tileSteps, int steps, int features, float* gradients, bool accumulate);

    private sealed class Kernels<TVector, TLanes> : DenseKernels
        where TVector : struct
        where TLanes : ILanes<TVector>
    {
        public override void Product(
            in DenseRows rows, PixelClass pixels, float* initial, bool accumulate, int blocks, TensorBlocks read, TensorBlocks written)
            => DenseProduct.Run<TVector, TLanes>(rows, pixels, initial, accumulate, blocks, read, written);

        public override void Gradient(
            GradientTiles tiles, int rows, int* rowOffsets, int channels, nint channelStride, float* sums, int blocks, TensorBlocks input, TensorBlocks output)
            => DenseGradient.Run<TVector, TLanes>(tiles, rows, rowOffsets, channels, channelStride, sums, blocks, input, output);

        public override void TokenGradient(
            float* outer, nint outerStride, int rows, float* packed, int tileSteps, int steps, int features, float* gradients, bool accumulate)
            => Federated.Engine.Kernels.TokenGradient.Run<TVector, TLanes>(outer, outerStride, rows, packed, tileSteps, steps, features, gradients, accumulate);
    }
}
