using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Federated.Engine.Kernels;

/// <summary>Asks for cache lines that a kernel will need soon. Changes no result; does nothing where the processor offers no instruction for it.</summary>
internal static unsafe class Prefetch
{
    /// <summary>
    /// With chunks, a row's next weights do not follow those just used; they are asked for this many rows ahead (up to a tenth of the time of 512 channels
    /// at 30 % density).
    /// </summary>
    public const int ChunkRowsAhead = 2;

    // One page: measured on Zen 5, where half and twice of it gain less.
    private const int SweepAhead = 1024;

    /// <summary>The pixels of one run: one line each (sixteen floats).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Run<TLength>(float* run, nint step)
        where TLength : IConstant
    {
        if (!Sse.IsSupported)
            return;
        Sse.Prefetch0(run);
        if (TLength.Value > 1)
            Sse.Prefetch0(run + step);
        if (TLength.Value > 2)
            Sse.Prefetch0(run + (2 * step));
        if (TLength.Value > 3)
            Sse.Prefetch0(run + (3 * step));
    }

    /// <summary>The line that holds <paramref name="address"/>, which may lie anywhere.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Line(void* address)
    {
        if (Sse.IsSupported)
            Sse.Prefetch0(address);
    }

    /// <summary>The line that holds <paramref name="address"/> and the next.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Lines(void* address)
    {
        if (!Sse.IsSupported)
            return;
        Sse.Prefetch0(address);
        Sse.Prefetch0((byte*)address + 64);
    }

    /// <summary>
    /// The line that a sweep over consecutive pixels reaches <see cref="SweepAhead"/> floats later. The processor's own prefetcher stops at the end of each
    /// page of 4 KB; where the data come from beyond the second-level cache a sweep of two or three streams waits a third of its time for that.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Sweep(float* pixel)
    {
        if (Sse.IsSupported)
            Sse.Prefetch0(pixel + SweepAhead);
    }
}
