using System.Runtime.Intrinsics;

namespace Federated.Engine.Kernels;

/// <summary>Width of the vectors that the kernels use. All widths give the same bits: sixteen logical lanes, fused multiply-add, one order of reduction.</summary>
public enum VectorWidth
{
    /// <summary>128-bit vectors (Arm's Advanced SIMD, old x86).</summary>
    V128 = 128,

    /// <summary>256-bit vectors (AVX2 with FMA).</summary>
    V256 = 256,

    /// <summary>512-bit vectors (AVX-512).</summary>
    V512 = 512,
}

/// <summary>Which width this machine does best.</summary>
public static class VectorWidths
{
    /// <summary>The widest vectors that the processor does in hardware; <c>DOTNET_EnableAVX512=0</c> and <c>DOTNET_EnableAVX2=0</c> narrow it.</summary>
    public static VectorWidth Best { get; } = Vector512.IsHardwareAccelerated ? VectorWidth.V512 : Vector256.IsHardwareAccelerated ? VectorWidth.V256 : VectorWidth.V128;
}
