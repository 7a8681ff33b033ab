using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;
using Federated.Engine.Tensors;

namespace Federated.Engine.Kernels;

/// <summary>Turns the batch-last layout around: from sixteen images beside each other for every value to the values of each image. Moves numbers only.</summary>
internal static unsafe class LaneTranspose
{
    /// <summary>Copies <paramref name="count"/> values of sixteen images.</summary>
    /// <param name="from">The first value's sixteen images; the next value follows at once.</param>
    /// <param name="count">Values.</param>
    /// <param name="to">The first image's values.</param>
    /// <param name="stride">Floats from one image's values to the next image's.</param>
    public static void Run(float* from, int count, float* to, nint stride)
    {
        int at = 0;
        for (; at <= count - 4; at += 4)
        {
            float* value = from + ((nint)at * Geometry.Lanes);
            for (int lane = 0; lane < Geometry.Lanes; lane += 4)
            {
                Vector128<float> a = Vector128.Load(value + lane);
                Vector128<float> b = Vector128.Load(value + Geometry.Lanes + lane);
                Vector128<float> c = Vector128.Load(value + (2 * Geometry.Lanes) + lane);
                Vector128<float> d = Vector128.Load(value + (3 * Geometry.Lanes) + lane);
                Vector128<float> ac = Low(a, c), bd = Low(b, d);
                float* image = to + (lane * stride) + at;
                Low(ac, bd).Store(image);
                High(ac, bd).Store(image + stride);
                (ac, bd) = (High(a, c), High(b, d));
                Low(ac, bd).Store(image + (2 * stride));
                High(ac, bd).Store(image + (3 * stride));
            }
        }

        for (; at < count; at++)
        {
            for (int lane = 0; lane < Geometry.Lanes; lane++)
                to[(lane * stride) + at] = from[((nint)at * Geometry.Lanes) + lane];
        }
    }

    // (a0, b0, a1, b1).
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> Low(Vector128<float> a, Vector128<float> b)
        => Sse.IsSupported ? Sse.UnpackLow(a, b) : AdvSimd.Arm64.IsSupported ? AdvSimd.Arm64.ZipLow(a, b) : Vector128.Create(a[0], b[0], a[1], b[1]);

    // (a2, b2, a3, b3).
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> High(Vector128<float> a, Vector128<float> b)
        => Sse.IsSupported ? Sse.UnpackHigh(a, b) : AdvSimd.Arm64.IsSupported ? AdvSimd.Arm64.ZipHigh(a, b) : Vector128.Create(a[2], b[2], a[3], b[3]);
}
