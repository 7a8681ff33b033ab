using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Federated.Engine.Layers;

/// <summary>
/// Elementary functions of sixteen lanes in single precision, made of additions, multiplications, fused multiply-adds and selections only, so that they give the
/// same bits on every machine (<see cref="Numerics.DeterministicMath"/> is their counterpart in double precision).
/// </summary>
internal static class LaneMath
{
    private const float Log2E = 1.44269504f;
    private const float Ln2High = 0.693359375f; // 355/512: nine bits, so that n·Ln2High is exact for |n| ≤ 2¹⁴
    private const float Ln2Low = -2.12194440e-4f; // ln 2 − 355/512
    private const float Smallest = -86.6f; // so that 2ⁿ times the smallest sum below is a normal number
    private const float Largest = 88.3f; // so that n ≤ 127 and the product is finite
    private const float RoundingShift = 12582912; // 1.5·2²³: adding it rounds to a whole number, which then stands in the lowest bits

    /// <summary>
    /// e to the power x, within two units in the last place, of −86.6 ≤ x ≤ 88.3; x beyond these is taken as the nearer of them (e to −86.6 is 2.5·10⁻³⁸). NaN stays NaN.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Exp(Vector512<float> x)
    {
        Vector512<float> smallest = Vector512.Create(Smallest), largest = Vector512.Create(Largest);
        x = Vector512.ConditionalSelect(Vector512.LessThan(x, smallest), smallest, x);
        x = Vector512.ConditionalSelect(Vector512.GreaterThan(x, largest), largest, x);
        Vector512<float> shift = Vector512.Create(RoundingShift);
        Vector512<float> shifted = Vector512.FusedMultiplyAdd(x, Vector512.Create(Log2E), shift);
        Vector512<float> n = shifted - shift;
        Vector512<float> r = Vector512.FusedMultiplyAdd(n, Vector512.Create(-Ln2High), x);
        r = Vector512.FusedMultiplyAdd(n, Vector512.Create(-Ln2Low), r);
        // |r| ≤ ln 2 / 2 = 0.347: the Taylor series to r⁷ is off by r⁸/8! < 6·10⁻⁹, a tenth of a unit.
        Vector512<float> p = Vector512.Create(1f / 5040);
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(1f / 720));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(1f / 120));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(1f / 24));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(1f / 6));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(0.5f));
        p = Vector512.FusedMultiplyAdd(p * r, r, r) + Vector512<float>.One;
        // 2ⁿ·p: n is added to the exponent.
        return (p.AsInt32() + Vector512.ShiftLeft(shifted.AsInt32(), 23)).AsSingle();
    }
}
