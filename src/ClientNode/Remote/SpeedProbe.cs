using System.Numerics;
using System.Runtime.CompilerServices;

namespace Federated.ClientNode.Remote;

/// <summary>
/// Measures how many floating-point operations one core does in a second, with fused multiply-adds that stay in registers: an upper bound of what training reaches, in proportion
/// between machines. Placement starts from it and then believes what it sees.
/// </summary>
public static class SpeedProbe
{
    private const int Chains = 8; // independent sums: two multiply-adds a cycle with a latency of four
    private const int Block = 20_000;
    private const int OperationsPerElement = 2;

    private static readonly TimeSpan Duration = TimeSpan.FromMilliseconds(50);

    /// <summary>Operations per second of the calling thread; takes about 50 ms.</summary>
    public static double Measure(TimeProvider time)
    {
        Run(Block); // compiled, and the core awake
        long start = time.GetTimestamp();
        double operations = 0;
        TimeSpan elapsed;
        do
        {
            Run(Block);
            operations += (double)Block * Chains * Vector<float>.Count * OperationsPerElement;
            elapsed = time.GetElapsedTime(start);
        }
        while (elapsed < Duration);
        return operations / elapsed.TotalSeconds;
    }

    // The result is returned so that the compiler cannot leave the loop out.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static float Run(int times)
    {
        Vector<float> factor = Vector.Create(0.999f);
        Vector<float> step = Vector.Create(0.001f);
        Vector<float> a = step, b = step, c = step, d = step, e = step, f = step, g = step, h = step;
        for (int i = 0; i < times; i++)
        {
            a = Vector.FusedMultiplyAdd(a, factor, step);
            b = Vector.FusedMultiplyAdd(b, factor, step);
            c = Vector.FusedMultiplyAdd(c, factor, step);
            d = Vector.FusedMultiplyAdd(d, factor, step);
            e = Vector.FusedMultiplyAdd(e, factor, step);
            f = Vector.FusedMultiplyAdd(f, factor, step);
            g = Vector.FusedMultiplyAdd(g, factor, step);
            h = Vector.FusedMultiplyAdd(h, factor, step);
        }

        return Vector.Sum(a + b + c + d + e + f + g + h);
    }
}
