using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Federated.Engine.Tensors;

namespace Federated.Engine.Layers;

/// <summary>
/// Arithmetic on the sixteen image lanes of one pixel. <see cref="Vector512"/> stands for sixteen lanes on every processor: where it is not in hardware, the
/// runtime does the same lane-wise operations on halves or quarters, so the bits are the same. Sums over lanes go through the fixed trees here.
/// </summary>
internal static class LaneVectors
{
    /// <summary>All bits set in the lanes of block <paramref name="block"/> that hold one of <paramref name="count"/> images.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Live(int count, int block) =>
        Vector512.LessThan(Vector512<int>.Indices, Vector512.Create(count - (block * Geometry.Lanes))).AsSingle();

    /// <summary>max(0, x) that keeps NaN, so that a diverged network stays visible, and has no negative zero.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Relu(Vector512<float> x) =>
        Vector512.ConditionalSelect(Vector512.LessThanOrEqual(x, Vector512<float>.Zero), Vector512<float>.Zero, x);

    /// <summary><paramref name="gradient"/> where <paramref name="activation"/> is positive, else zero.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> WherePositive(Vector512<float> activation, Vector512<float> gradient) =>
        Vector512.ConditionalSelect(Vector512.GreaterThan(activation, Vector512<float>.Zero), gradient, Vector512<float>.Zero);

    /// <summary>Adds sixteen floats to sixteen doubles.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Accumulate(Vector512<float> lanes, ref Vector512<double> low, ref Vector512<double> high)
    {
        (Vector512<double> lower, Vector512<double> upper) = Vector512.Widen(lanes);
        low += lower;
        high += upper;
    }

    /// <summary>Sum of sixteen floats in double precision.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Sum(Vector512<float> lanes)
    {
        (Vector512<double> low, Vector512<double> high) = Vector512.Widen(lanes);
        return Sum(low, high);
    }

    /// <summary>Sum of sixteen lanes as the tree (i, i+8), (i, i+4), (i, i+2), (0, 1).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Sum(Vector512<double> low, Vector512<double> high)
    {
        Vector512<double> eight = low + high;
        Vector256<double> four = eight.GetLower() + eight.GetUpper();
        Vector128<double> two = four.GetLower() + four.GetUpper();
        return two.GetElement(0) + two.GetElement(1);
    }
}
