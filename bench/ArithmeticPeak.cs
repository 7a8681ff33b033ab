using System.Runtime.Intrinsics;

namespace Federated.Bench;

/// <summary>The most that one core's arithmetic does: fused multiply-adds of 512 bits in registers, without memory.</summary>
internal static class ArithmeticPeak
{
    /// <summary>Floating-point operations of one <see cref="MultiplyAdd"/>: sixteen vectors of sixteen lanes a step, two operations each.</summary>
    public const double Operations = 2.0 * 16 * 16 * Steps;

    private const long Steps = 1 << 22;

    /// <summary>Sixteen independent chains, more than two units times their latency of four cycles need.</summary>
    public static float MultiplyAdd()
    {
        Vector512<float> factor = Vector512.Create(0.5f), addend = Vector512.Create(1f);
        Vector512<float> a = addend, b = a, c = a, d = a, e = a, f = a, g = a, h = a, i = a, j = a, k = a, l = a, m = a, n = a, o = a, p = a;
        for (long step = 0; step < Steps; step++)
        {
            a = Vector512.FusedMultiplyAdd(a, factor, addend);
            b = Vector512.FusedMultiplyAdd(b, factor, addend);
            c = Vector512.FusedMultiplyAdd(c, factor, addend);
            d = Vector512.FusedMultiplyAdd(d, factor, addend);
            e = Vector512.FusedMultiplyAdd(e, factor, addend);
            f = Vector512.FusedMultiplyAdd(f, factor, addend);
            g = Vector512.FusedMultiplyAdd(g, factor, addend);
            h = Vector512.FusedMultiplyAdd(h, factor, addend);
            i = Vector512.FusedMultiplyAdd(i, factor, addend);
            j = Vector512.FusedMultiplyAdd(j, factor, addend);
            k = Vector512.FusedMultiplyAdd(k, factor, addend);
            l = Vector512.FusedMultiplyAdd(l, factor, addend);
            m = Vector512.FusedMultiplyAdd(m, factor, addend);
            n = Vector512.FusedMultiplyAdd(n, factor, addend);
            o = Vector512.FusedMultiplyAdd(o, factor, addend);
            p = Vector512.FusedMultiplyAdd(p, factor, addend);
        }

        return Vector512.Sum(a + b + c + d + (e + f + g + h) + (i + j + k + l) + (m + n + o + p));
    }
}
