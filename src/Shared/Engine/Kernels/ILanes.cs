using System.Runtime.Intrinsics;

namespace Federated.Engine.Kernels;

/// <summary>
/// The arithmetic of one machine vector, which is all, a half or a quarter of the sixteen logical lanes. A kernel walks the parts, so every
/// width does the same fused multiply-adds on the same logical lanes and gives the same bits.
/// </summary>
/// <typeparam name="TVector">The machine vector of <see cref="Width"/> floats.</typeparam>
internal unsafe interface ILanes<TVector>
    where TVector : struct
{
    /// <summary>Floats in the vector: 16, 8 or 4.</summary>
    static abstract int Width { get; }

    /// <summary>Whether the processor has 32 such registers (AVX-512, Arm64) and a tile of 16 pixels is to stay in them.</summary>
    static abstract bool HasManyRegisters { get; }

    /// <summary>All lanes zero.</summary>
    static abstract TVector Zero { get; }

    /// <summary>Reads <see cref="Width"/> floats.</summary>
    static abstract TVector Load(float* source);

    /// <summary>Writes <see cref="Width"/> floats.</summary>
    static abstract void Store(TVector value, float* destination);

    /// <summary>The same float in every lane.</summary>
    static abstract TVector Broadcast(float value);

    /// <summary>a·b + c, rounded once.</summary>
    static abstract TVector MultiplyAdd(TVector a, TVector b, TVector c);

    /// <summary>a + b.</summary>
    static abstract TVector Add(TVector a, TVector b);

    /// <summary>
    /// Lane j of the result is the sum of all lanes of argument j: each quarter q of four lanes as (l0 + l1) + (l2 + l3), then the quarters that
    /// the vector has as q0, q0 + q1 or (q0 + q1) + (q2 + q3). This is the lower part of the one reduction tree over sixteen lanes.
    /// </summary>
    static abstract Vector128<float> Fold(TVector a, TVector b, TVector c, TVector d);
}
