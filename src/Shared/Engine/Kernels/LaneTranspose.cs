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
    /// <param name="from">The first value's sixteen images.</param>
    /// <param name="count">Values.</param>
    /// <param name="to">The first image's values.</param>
    /// <param name="stride">Floats from one image's values to the next image's.</param>
    /// <param name="valueStride">Floats from one value's images to the next value's: without a gap, unless it is said.</param>
    public static void Run(float* from, int count, float* to, nint stride, nint valueStride = Geometry.Lanes)
    {
        int at = 0;
        for (; Avx512F.IsSupported && at <= count - Geometry.Lanes; at += Geometry.Lanes)
            Square(from + (at * valueStride), valueStride, to + at, stride);
        for (; at <= count - 4; at += 4)
        {
            float* value = from + (at * valueStride);
            for (int lane = 0; lane < Geometry.Lanes; lane += 4)
            {
                Vector128<float> a = Vector128.Load(value + lane);
                Vector128<float> b = Vector128.Load(value + valueStride + lane);
                Vector128<float> c = Vector128.Load(value + (2 * valueStride) + lane);
                Vector128<float> d = Vector128.Load(value + (3 * valueStride) + lane);
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
                to[(lane * stride) + at] = from[(at * valueStride) + lane];
        }
    }

    /// <summary>Puts four rows side by side: number i of row r goes to place 4·i + r.</summary>
    /// <param name="rows">The first row.</param>
    /// <param name="stride">Floats from one row to the next.</param>
    /// <param name="count">Numbers of a row.</param>
    /// <param name="to">Where they go.</param>
    public static void Interleave(float* rows, nint stride, int count, float* to)
    {
        int at = 0;
        for (; Avx512F.IsSupported && at <= count - Geometry.Lanes; at += Geometry.Lanes)
        {
            Quarter(rows + at, stride, out Vector512<float> u0, out Vector512<float> u1, out Vector512<float> u2, out Vector512<float> u3);
            Columns(u0, u1, u2, u3, to, Geometry.Lanes);
            to += 4 * Geometry.Lanes;
        }

        for (; at <= count - 4; at += 4)
        {
            float* row = rows + at;
            Vector128<float> a = Vector128.Load(row);
            Vector128<float> b = Vector128.Load(row + stride);
            Vector128<float> c = Vector128.Load(row + (2 * stride));
            Vector128<float> d = Vector128.Load(row + (3 * stride));
            Vector128<float> ac = Low(a, c), bd = Low(b, d);
            Low(ac, bd).Store(to);
            High(ac, bd).Store(to + 4);
            (ac, bd) = (High(a, c), High(b, d));
            Low(ac, bd).Store(to + 8);
            High(ac, bd).Store(to + 12);
            to += 16;
        }

        for (; at < count; at++)
        {
            for (int row = 0; row < 4; row++)
                *to++ = rows[(row * stride) + at];
        }
    }

    // Sixteen values: a square of sixteen vectors.
    private static void Square(float* from, nint valueStride, float* to, nint stride)
    {
        Quarter(from, valueStride, out Vector512<float> u0, out Vector512<float> u1, out Vector512<float> u2, out Vector512<float> u3);
        Quarter(from + (4 * valueStride), valueStride, out Vector512<float> u4, out Vector512<float> u5, out Vector512<float> u6, out Vector512<float> u7);
        Quarter(from + (8 * valueStride), valueStride, out Vector512<float> u8, out Vector512<float> u9, out Vector512<float> u10, out Vector512<float> u11);
        Quarter(from + (12 * valueStride), valueStride, out Vector512<float> u12, out Vector512<float> u13, out Vector512<float> u14, out Vector512<float> u15);
        Columns(u0, u4, u8, u12, to, 4 * stride);
        Columns(u1, u5, u9, u13, to + (1 * stride), 4 * stride);
        Columns(u2, u6, u10, u14, to + (2 * stride), 4 * stride);
        Columns(u3, u7, u11, u15, to + (3 * stride), 4 * stride);
    }

    // Quarter q of result k: lane 4·q + k of the four vectors.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Quarter(float* from, nint valueStride, out Vector512<float> u0, out Vector512<float> u1, out Vector512<float> u2, out Vector512<float> u3)
    {
        Vector512<float> a = Vector512.Load(from), b = Vector512.Load(from + valueStride);
        Vector512<float> c = Vector512.Load(from + (2 * valueStride)), d = Vector512.Load(from + (3 * valueStride));
        Vector512<double> lowAB = Avx512F.UnpackLow(a, b).AsDouble(), highAB = Avx512F.UnpackHigh(a, b).AsDouble();
        Vector512<double> lowCD = Avx512F.UnpackLow(c, d).AsDouble(), highCD = Avx512F.UnpackHigh(c, d).AsDouble();
        u0 = Avx512F.UnpackLow(lowAB, lowCD).AsSingle();
        u1 = Avx512F.UnpackHigh(lowAB, lowCD).AsSingle();
        u2 = Avx512F.UnpackLow(highAB, highCD).AsSingle();
        u3 = Avx512F.UnpackHigh(highAB, highCD).AsSingle();
    }

    // Quarter q of each argument goes to place q, four numbers an argument.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Columns(Vector512<float> a, Vector512<float> b, Vector512<float> c, Vector512<float> d, float* to, nint stride)
    {
        const byte Even = 0b10_00_10_00, Odd = 0b11_01_11_01;
        Vector512<float> evenAB = Avx512F.Shuffle4x128(a, b, Even), oddAB = Avx512F.Shuffle4x128(a, b, Odd);
        Vector512<float> evenCD = Avx512F.Shuffle4x128(c, d, Even), oddCD = Avx512F.Shuffle4x128(c, d, Odd);
        Avx512F.Shuffle4x128(evenAB, evenCD, Even).Store(to);
        Avx512F.Shuffle4x128(oddAB, oddCD, Even).Store(to + stride);
        Avx512F.Shuffle4x128(evenAB, evenCD, Odd).Store(to + (2 * stride));
        Avx512F.Shuffle4x128(oddAB, oddCD, Odd).Store(to + (3 * stride));
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
