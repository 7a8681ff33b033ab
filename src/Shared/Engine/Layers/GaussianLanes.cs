using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Federated.Engine.Layers;

/// <summary>
/// The normal distribution in sixteen lanes, made of additions, multiplications, fused multiply-adds and one division, so that its bits are the same on every machine. With
/// a = |x|, e = exp(−a²/2) and the ratio of Mills M(a) = Φ(−a)/e, the tail is Φ(−a) = e·M(a) without cancellation, and the density takes the same e.
/// </summary>
/// <remarks>
/// M is t·P(t) with t = 1/(1 + 0.3·a): a polynomial of degree nine that interpolates M/t at the Chebyshev nodes of 0 ≤ a ≤ 13.05, off by less than 5·10⁻⁹ of M. Beyond
/// <see cref="Cut"/> the tail is below 10⁻³⁸, the smallest normal float, and taken as zero. Φ has an error of at most three units in the last place, in the lower tail too.
/// </remarks>
internal static class GaussianLanes
{
    private const float Cut = 13;
    private const float InverseRootTwoPi = 0.39894228f;

    /// <summary>x·Φ(x): GELU (Hendrycks and Gimpel 2016) with the exact Φ.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Gelu(Vector512<float> x)
    {
        Split(x, out _, out Vector512<float> e, out Vector512<float> ratio);
        Vector512<float> tail = e * ratio;
        // x − x·Φ(−x) for positive x: one rounding, where 1 − Φ(−x) would make two.
        return Vector512.ConditionalSelect(Vector512.LessThan(x, Vector512<float>.Zero), x * tail, Vector512.FusedMultiplyAdd(-x, tail, x));
    }

    /// <summary>The derivative of <see cref="Gelu"/>, Φ(x) + x·φ(x).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> GeluSlope(Vector512<float> x)
    {
        Split(x, out Vector512<float> a, out Vector512<float> e, out Vector512<float> ratio);
        // Below zero Φ(x) + x·φ(x) = e·(M − a/√2π); above it is one minus that.
        Vector512<float> lower = e * Vector512.FusedMultiplyAdd(a, Vector512.Create(-InverseRootTwoPi), ratio);
        return Vector512.ConditionalSelect(Vector512.LessThan(x, Vector512<float>.Zero), lower, Vector512<float>.One - lower);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Split(Vector512<float> x, out Vector512<float> a, out Vector512<float> e, out Vector512<float> ratio)
    {
        a = Vector512.Abs(x);
        Vector512<float> inside = Vector512.LessThanOrEqual(a, Vector512.Create(Cut));
        // Lanes with NaN keep it in a; in e they become zero like all others beyond the cut.
        Vector512<float> bounded = a & inside;
        Vector512<float> square = bounded * bounded;
        // What rounding took from a²: without it e would be off by a²/4 units.
        Vector512<float> rest = Vector512.FusedMultiplyAdd(bounded, bounded, -square);
        Vector512<float> half = Vector512.Create(-0.5f);
        e = LaneMath.Exp(square * half);
        e = Vector512.FusedMultiplyAdd(e, rest * half, e) & inside;
        Vector512<float> t = Vector512<float>.One / Vector512.FusedMultiplyAdd(Vector512.Create(0.3f), bounded, Vector512<float>.One);
        Vector512<float> p = Vector512.Create(-0.020791422575712204f);
        p = Vector512.FusedMultiplyAdd(p, t, Vector512.Create(0.11338118463754654f));
        p = Vector512.FusedMultiplyAdd(p, t, Vector512.Create(-0.23051385581493378f));
        p = Vector512.FusedMultiplyAdd(p, t, Vector512.Create(0.19494903087615967f));
        p = Vector512.FusedMultiplyAdd(p, t, Vector512.Create(-0.08212830126285553f));
        p = Vector512.FusedMultiplyAdd(p, t, Vector512.Create(0.09764151275157928f));
        p = Vector512.FusedMultiplyAdd(p, t, Vector512.Create(0.07786804437637329f));
        p = Vector512.FusedMultiplyAdd(p, t, Vector512.Create(0.1103481650352478f));
        p = Vector512.FusedMultiplyAdd(p, t, Vector512.Create(0.11955825239419937f));
        p = Vector512.FusedMultiplyAdd(p, t, Vector512.Create(0.11968738585710526f));
        ratio = p * t;
    }
}
