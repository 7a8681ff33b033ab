using System.Runtime.Intrinsics;

namespace Federated.Engine.Kernels;

/// <summary>The products of activations with activations of one vector width.</summary>
internal abstract unsafe class LaneKernels
{
    /// <summary>The kernels that use vectors of <paramref name="width"/>; a width that the processor lacks works, slowly.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such width.</exception>
    public static LaneKernels For(VectorWidth width) => width switch
    {
        VectorWidth.V128 => new Kernels<Vector128<float>, Lanes128>(),
        VectorWidth.V256 => new Kernels<Vector256<float>, Lanes256>(),
        VectorWidth.V512 => new Kernels<Vector512<float>, Lanes512>(),
        _ => throw new ArgumentOutOfRangeException(nameof(width), width, "Vectors are 128, 256 or 512 bits wide."),
    };

    /// <inheritdoc cref="LaneProduct.Run"/>
    public abstract void Product(in LaneMatrix left, in LaneMatrix right, int steps, in LaneSums sums, bool accumulate = false, float* factors = null);

    private sealed class Kernels<TVector, TLanes> : LaneKernels
        where TVector : struct
        where TLanes : ILanes<TVector>
    {
        public override void Product(in LaneMatrix left, in LaneMatrix right, int steps, in LaneSums sums, bool accumulate, float* factors)
            => LaneProduct.Run<TVector, TLanes>(left, right, steps, sums, accumulate, factors);
    }
}
