using System.Runtime.Intrinsics;
using Federated.Engine.Tensors;

namespace Federated.Engine.Kernels;

/// <summary>The pattern kernels of one vector width, chosen by the shape of the runs at each call.</summary>
internal abstract unsafe class PatternKernels
{
    /// <summary>The kernels that use vectors of <paramref name="width"/>; a width that the processor lacks works, slowly.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such width.</exception>
    public static PatternKernels For(VectorWidth width) => width switch
    {
        VectorWidth.V128 => new Kernels<Vector128<float>, Lanes128>(),
        VectorWidth.V256 => new Kernels<Vector256<float>, Lanes256>(),
        VectorWidth.V512 => new Kernels<Vector512<float>, Lanes512>(),
        _ => throw new ArgumentOutOfRangeException(nameof(width), width, "Vectors are 128, 256 or 512 bits wide."),
    };

    /// <inheritdoc cref="PatternProduct.Run"/>
    public abstract void Product(
        in PatternRows pattern, float* values, float* initial, bool accumulate, RunList runs, int blocks, TensorBlocks read, TensorBlocks written);

    /// <inheritdoc cref="PatternGradient.Run"/>
    public abstract void Gradient(
        in PatternRows pattern, float* gradients, float* scratch, int longestRow, RunList runs, int blocks, TensorBlocks input, TensorBlocks output);

    /// <inheritdoc cref="ChannelSums.Run"/>
    public abstract void SumChannels(float* tensor, Geometry geometry, int blocks, float* sums);

    private sealed class Kernels<TVector, TLanes> : PatternKernels
        where TVector : struct
        where TLanes : ILanes<TVector>
    {
        public override void Product(
            in PatternRows pattern, float* values, float* initial, bool accumulate, RunList runs, int blocks, TensorBlocks read, TensorBlocks written)
        {
            if (runs.ReadStride == Geometry.Lanes || runs.Length == 1)
                ProductOf<One>(pattern, values, initial, accumulate, runs, blocks, read, written);
            else
                ProductOf<Two>(pattern, values, initial, accumulate, runs, blocks, read, written);
        }

        public override void Gradient(
            in PatternRows pattern, float* gradients, float* scratch, int longestRow, RunList runs, int blocks, TensorBlocks input, TensorBlocks output)
        {
            if (runs.ReadStride == Geometry.Lanes || runs.Length == 1)
                GradientOf<One>(pattern, gradients, scratch, longestRow, runs, blocks, input, output);
            else
                GradientOf<Two>(pattern, gradients, scratch, longestRow, runs, blocks, input, output);
        }

        public override void SumChannels(float* tensor, Geometry geometry, int blocks, float* sums)
            => ChannelSums.Run<TVector, TLanes>(tensor, geometry, blocks, sums);

        private static void ProductOf<TStep>(
            in PatternRows pattern, float* values, float* initial, bool accumulate, RunList runs, int blocks, TensorBlocks read, TensorBlocks written)
            where TStep : IConstant
        {
            switch (runs.Length)
            {
                case 1:
                    PatternProduct.Run<TVector, TLanes, One, One>(pattern, values, initial, accumulate, runs, blocks, read, written);
                    break;
                case 2:
                    PatternProduct.Run<TVector, TLanes, Two, TStep>(pattern, values, initial, accumulate, runs, blocks, read, written);
                    break;
                case 3:
                    PatternProduct.Run<TVector, TLanes, Three, TStep>(pattern, values, initial, accumulate, runs, blocks, read, written);
                    break;
                default:
                    PatternProduct.Run<TVector, TLanes, Four, TStep>(pattern, values, initial, accumulate, runs, blocks, read, written);
                    break;
            }
        }

        private static void GradientOf<TStep>(
            in PatternRows pattern, float* gradients, float* scratch, int longestRow, RunList runs, int blocks, TensorBlocks input, TensorBlocks output)
            where TStep : IConstant
        {
            switch (runs.Length)
            {
                case 1:
                    PatternGradient.Run<TVector, TLanes, One, One>(pattern, gradients, scratch, longestRow, runs, blocks, input, output);
                    break;
                case 2:
                    PatternGradient.Run<TVector, TLanes, Two, TStep>(pattern, gradients, scratch, longestRow, runs, blocks, input, output);
                    break;
                case 3:
                    PatternGradient.Run<TVector, TLanes, Three, TStep>(pattern, gradients, scratch, longestRow, runs, blocks, input, output);
                    break;
                default:
                    PatternGradient.Run<TVector, TLanes, Four, TStep>(pattern, gradients, scratch, longestRow, runs, blocks, input, output);
                    break;
            }
        }
    }
}
