using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;
using Federated.Engine.Tensors;

namespace Federated.Engine.Networks;

/// <summary>
/// Puts images, which are row-major each, into the lanes of a network's input. A block of up to sixteen images is transposed four images by four
/// pixels at a time, so that every cache line of the input is written once and whole; one image alone writes one float to each line.
/// Knows which lanes of the last block hold no image and are zero already.
/// </summary>
/// <param name="data">The input's activations.</param>
/// <param name="geometry">Their geometry.</param>
internal sealed unsafe class BatchInput(float* data, Geometry geometry)
{
    // All lanes from this image to the end of its block are zero.
    private int clearFrom = -1;

    /// <summary>Puts one image into its lane.</summary>
    public void SetImage(int index, ReadOnlySpan<float> image)
    {
        float* block = data + ((index / Geometry.Lanes) * geometry.BlockStride) + geometry.Interior + (index % Geometry.Lanes);
        int next = 0;
        for (int channel = 0; channel < geometry.Channels; channel++)
        {
            for (int row = 0; row < geometry.Height; row++)
            {
                float* to = block + ((long)channel * geometry.PlaneStride) + (row * geometry.RowStride);
                for (int column = 0; column < geometry.Width; column++)
                    to[column * Geometry.Lanes] = image[next++];
            }
        }

        if (index >= clearFrom && index / Geometry.Lanes == clearFrom / Geometry.Lanes)
            clearFrom = index + 1;
    }

    /// <summary>Fills a block with images, one after the other in <paramref name="images"/>; lanes that are left are set to zero.</summary>
    /// <param name="block">Number of the block.</param>
    /// <param name="images">1 to 16 images.</param>
    /// <param name="count">How many.</param>
    public void SetBlock(int block, ReadOnlySpan<float> images, int count)
    {
        int length = images.Length / count;
        // Without a border the pixels of all rows and channels lie one behind the other.
        bool isOneRun = geometry.Padding == 0;
        int run = isOneRun ? length : geometry.Width;
        ref float first = ref MemoryMarshal.GetReference(images);
        int next = 0;
        for (int channel = 0; next < length; channel++)
        {
            for (int row = 0; row < geometry.Height && next < length; row++)
            {
                float* to = data + (block * geometry.BlockStride) + geometry.Interior + ((long)channel * geometry.PlaneStride) + (row * geometry.RowStride);
                Transpose(ref Unsafe.Add(ref first, next), length, count, run, to);
                next += run;
            }
        }

        if (count < Geometry.Lanes)
            clearFrom = (block * Geometry.Lanes) + count;
        else if (clearFrom / Geometry.Lanes == block)
            clearFrom = -1;
    }

    /// <summary>Takes note that somebody else wrote the first <paramref name="count"/> images, and zeros into the rest of their last block.</summary>
    public void Written(int count)
    {
        if (count % Geometry.Lanes != 0)
            clearFrom = count;
        else if (clearFrom < count)
            clearFrom = -1;
    }

    /// <summary>
    /// Makes the lanes beyond the batch zero. They still hold images of earlier batches, which influence no statistic and no gradient; but a clear input
    /// makes every activation a function of this batch alone, down to the sign of a zero.
    /// </summary>
    public void ClearBeyond(int count)
    {
        int live = count % Geometry.Lanes;
        if (live == 0 || (count >= clearFrom && clearFrom >= 0 && count / Geometry.Lanes == clearFrom / Geometry.Lanes))
            return;
        float* block = data + ((count / Geometry.Lanes) * geometry.BlockStride);
        for (long pixel = 0; pixel < geometry.BlockStride; pixel += Geometry.Lanes)
            new Span<float>(block + pixel + live, Geometry.Lanes - live).Clear();
        clearFrom = count;
    }

    /// <summary>Writes pixels of <paramref name="count"/> images, <paramref name="length"/> floats apart, into the lanes; those without image become zero.</summary>
    private static void Transpose(ref float from, nint length, int count, int pixels, float* to)
    {
        int pixel = 0;
        for (; pixel <= pixels - 4; pixel += 4, to += 4 * Geometry.Lanes)
        {
            // All lanes of four pixels before the next pixels: the input need not stay in the first-level cache until its lines are complete.
            for (int lane = 0; lane < Geometry.Lanes; lane += 4)
            {
                ref float at = ref Unsafe.Add(ref from, pixel + (lane * length));
                int live = count - lane;
                (Vector128<float> p0, Vector128<float> p1, Vector128<float> p2, Vector128<float> p3) = Transpose(
                    live > 0 ? Vector128.LoadUnsafe(ref at) : Vector128<float>.Zero,
                    live > 1 ? Vector128.LoadUnsafe(ref at, (nuint)length) : Vector128<float>.Zero,
                    live > 2 ? Vector128.LoadUnsafe(ref at, (nuint)(2 * length)) : Vector128<float>.Zero,
                    live > 3 ? Vector128.LoadUnsafe(ref at, (nuint)(3 * length)) : Vector128<float>.Zero);
                p0.Store(to + lane);
                p1.Store(to + lane + Geometry.Lanes);
                p2.Store(to + lane + (2 * Geometry.Lanes));
                p3.Store(to + lane + (3 * Geometry.Lanes));
            }
        }

        for (; pixel < pixels; pixel++, to += Geometry.Lanes)
        {
            for (int lane = 0; lane < Geometry.Lanes; lane++)
                to[lane] = lane < count ? Unsafe.Add(ref from, pixel + (lane * length)) : 0;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector128<float> P0, Vector128<float> P1, Vector128<float> P2, Vector128<float> P3) Transpose(
        Vector128<float> a, Vector128<float> b, Vector128<float> c, Vector128<float> d)
    {
        Vector128<float> ab01 = Low(a, b), ab23 = High(a, b), cd01 = Low(c, d), cd23 = High(c, d);
        return (LowPairs(ab01, cd01), HighPairs(ab01, cd01), LowPairs(ab23, cd23), HighPairs(ab23, cd23));
    }

    // a0 b0 a1 b1
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> Low(Vector128<float> a, Vector128<float> b) =>
        Sse.IsSupported ? Sse.UnpackLow(a, b)
        : AdvSimd.Arm64.IsSupported ? AdvSimd.Arm64.ZipLow(a, b)
        : Vector128.Create(a[0], b[0], a[1], b[1]);

    // a2 b2 a3 b3
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> High(Vector128<float> a, Vector128<float> b) =>
        Sse.IsSupported ? Sse.UnpackHigh(a, b)
        : AdvSimd.Arm64.IsSupported ? AdvSimd.Arm64.ZipHigh(a, b)
        : Vector128.Create(a[2], b[2], a[3], b[3]);

    // a0 a1 b0 b1
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> LowPairs(Vector128<float> a, Vector128<float> b) =>
        Sse.IsSupported ? Sse.MoveLowToHigh(a, b)
        : AdvSimd.Arm64.IsSupported ? AdvSimd.Arm64.ZipLow(a.AsDouble(), b.AsDouble()).AsSingle()
        : Vector128.Create(a[0], a[1], b[0], b[1]);

    // a2 a3 b2 b3
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> HighPairs(Vector128<float> a, Vector128<float> b) =>
        Sse.IsSupported ? Sse.MoveHighToLow(b, a)
        : AdvSimd.Arm64.IsSupported ? AdvSimd.Arm64.ZipHigh(a.AsDouble(), b.AsDouble()).AsSingle()
        : Vector128.Create(a[2], a[3], b[2], b[3]);
}
