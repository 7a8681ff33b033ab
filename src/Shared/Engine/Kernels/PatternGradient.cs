using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Federated.Engine.Kernels;

// Gradient of the loss with respect to the weights of a sparse pattern: for each weight the sum over images and pixels of input × output gradient.
//
// Layout: batch-last (see PatternProduct).
// Loop order: tile of 4 runs of 1…4 pixels → chunk of input channels → row → part of the lanes → four weights at a time → pixel of the tile. The tile's
// 16 output gradients stay in registers over the row's weights (AVX-512), or come from the L1 cache once per four weights (16 registers).
//
// Bound: one vector of activations read per fused multiply-add, 2 bytes a FLOP from the cache that holds the tile's neighbourhood; the
// reduction over the lanes of four weights at once adds 15 operations to 64 multiply-adds.
//
// Order of each sum, whatever the width: in one tile, each of the sixteen lanes sums runs 0 and 1 in one chain and runs 2 and 3 in another, pixel
// by pixel, then adds the two; the lanes are added by the tree of ILanes.Fold; the tiles are added in ascending order.
internal static unsafe class PatternGradient
{
    // Each row's tile of output gradients is read once, in pieces too short for the processor's own prefetcher: asked for this many rows ahead, it costs
    // 16 of some 200 operations and saves up to half of the time at 1 % density (Zen 5; 2 and 4 rows are alike).
    private const int RowsAhead = 4;

    /// <summary>Adds the gradients of all weights of <paramref name="pattern"/> over all runs and blocks to <paramref name="gradients"/>.</summary>
    /// <typeparam name="TVector">Machine vector.</typeparam>
    /// <typeparam name="TLanes">Its arithmetic.</typeparam>
    /// <typeparam name="TLength">Pixels in a run.</typeparam>
    /// <typeparam name="TStep">Pixels from one pixel of a run to the next in the input.</typeparam>
    /// <param name="pattern">The weights' places; the rows are output channels.</param>
    /// <param name="gradients">One number a weight, in the pattern's order.</param>
    /// <param name="scratch">Two times the longest row (rounded up to 4) floats for the sums of half the lanes, followed by 64 zeros: see <see cref="ScratchLength"/>.</param>
    /// <param name="longestRow">The largest number of weights in a row.</param>
    /// <param name="runs">The pixels; read from the input, "written" names the output gradient.</param>
    /// <param name="blocks">Blocks of sixteen images.</param>
    /// <param name="input">The layer's input.</param>
    /// <param name="output">The output's gradient.</param>
    public static void Run<TVector, TLanes, TLength, TStep>(
        in PatternRows pattern, float* gradients, float* scratch, int longestRow, RunList runs, int blocks, TensorBlocks input, TensorBlocks output)
        where TVector : struct
        where TLanes : ILanes<TVector>
        where TLength : IConstant
        where TStep : IConstant
    {
        int total = runs.Count * blocks;
        int* inputOffsets = runs.ReadOffsets;
        int* outputOffsets = runs.WrittenOffsets;
        int rows = pattern.Count;
        int* offsets = pattern.Offsets;
        int* rowOffsets = pattern.RowOffsets;
        int half = RoundUp(longestRow);
        float* zeros = scratch + (2 * half);
        for (int tile = 0; tile < total; tile += 4)
        {
            // Runs that a last tile lacks read some input and multiply it by zeros, whose address does not depend on the row.
            (int block0, int run0) = Math.DivRem(tile, runs.Count);
            (int block1, int run1) = Math.DivRem(Math.Min(tile + 1, total - 1), runs.Count);
            (int block2, int run2) = Math.DivRem(Math.Min(tile + 2, total - 1), runs.Count);
            (int block3, int run3) = Math.DivRem(Math.Min(tile + 3, total - 1), runs.Count);
            float* inputRun0 = input.First + (block0 * input.Stride) + inputOffsets[run0];
            float* inputRun1 = input.First + (block1 * input.Stride) + inputOffsets[run1];
            float* inputRun2 = input.First + (block2 * input.Stride) + inputOffsets[run2];
            float* inputRun3 = input.First + (block3 * input.Stride) + inputOffsets[run3];
            nint has1 = tile + 1 < total ? -1 : 0;
            nint has2 = tile + 2 < total ? -1 : 0;
            nint has3 = tile + 3 < total ? -1 : 0;
            float* outputRun0 = output.First + (block0 * output.Stride) + outputOffsets[run0];
            float* outputRun1 = has1 != 0 ? output.First + (block1 * output.Stride) + outputOffsets[run1] : zeros;
            float* outputRun2 = has2 != 0 ? output.First + (block2 * output.Stride) + outputOffsets[run2] : zeros;
            float* outputRun3 = has3 != 0 ? output.First + (block3 * output.Stride) + outputOffsets[run3] : zeros;
            for (int chunk = 0; chunk < pattern.Chunks; chunk++)
            {
                int* starts = pattern.Splits + ((nint)chunk * pattern.SplitStride);
                int* ends = starts + pattern.SplitStride;
                for (int row = 0; row < rows; row++)
                {
                    int first = starts[row];
                    int end = ends[row];
                    if (first == end)
                        continue;
                    if (chunk == 0)
                    {
                        nint ahead = rowOffsets[Math.Min(row + RowsAhead, rows - 1)];
                        Prefetch.Run<TLength>(outputRun0 + ahead, 16);
                        Prefetch.Run<TLength>(outputRun1 + (ahead & has1), 16);
                        Prefetch.Run<TLength>(outputRun2 + (ahead & has2), 16);
                        Prefetch.Run<TLength>(outputRun3 + (ahead & has3), 16);
                    }

                    if (pattern.Chunks > 1)
                    {
                        nint ahead = starts[Math.Min(row + Prefetch.ChunkRowsAhead, rows - 1)];
                        Prefetch.Lines(offsets + ahead);
                        Prefetch.Lines(gradients + ahead);
                    }

                    for (nint part = 0; part < 16; part += TLanes.Width)
                    {
                        nint at = rowOffsets[row] + part;
                        float* y0 = outputRun0 + at;
                        float* y1 = outputRun1 + (at & has1);
                        float* y2 = outputRun2 + (at & has2);
                        float* y3 = outputRun3 + (at & has3);
                        Load<TVector, TLanes, TLength>(y0, out TVector g00, out TVector g01, out TVector g02, out TVector g03);
                        Load<TVector, TLanes, TLength>(y1, out TVector g10, out TVector g11, out TVector g12, out TVector g13);
                        Load<TVector, TLanes, TLength>(y2, out TVector g20, out TVector g21, out TVector g22, out TVector g23);
                        Load<TVector, TLanes, TLength>(y3, out TVector g30, out TVector g31, out TVector g32, out TVector g33);
                        float* x0 = inputRun0 + part;
                        float* x1 = inputRun1 + part;
                        float* x2 = inputRun2 + part;
                        float* x3 = inputRun3 + part;
                        int i = first;
                        for (; i + 4 <= end; i += 4)
                        {
                            nint a = offsets[i];
                            nint b = offsets[i + 1];
                            nint c = offsets[i + 2];
                            nint d = offsets[i + 3];
                            TVector sa = TLanes.Zero, sb = TLanes.Zero, sc = TLanes.Zero, sd = TLanes.Zero;
                            TVector ta = TLanes.Zero, tb = TLanes.Zero, tc = TLanes.Zero, td = TLanes.Zero;
                            MultiplyFour<TVector, TLanes, TLength, TStep>(x0, a, b, c, d, y0, g00, g01, g02, g03, ref sa, ref sb, ref sc, ref sd);
                            MultiplyFour<TVector, TLanes, TLength, TStep>(x2, a, b, c, d, y2, g20, g21, g22, g23, ref ta, ref tb, ref tc, ref td);
                            MultiplyFour<TVector, TLanes, TLength, TStep>(x1, a, b, c, d, y1, g10, g11, g12, g13, ref sa, ref sb, ref sc, ref sd);
                            MultiplyFour<TVector, TLanes, TLength, TStep>(x3, a, b, c, d, y3, g30, g31, g32, g33, ref ta, ref tb, ref tc, ref td);
                            Vector128<float> sum = TLanes.Fold(TLanes.Add(sa, ta), TLanes.Add(sb, tb), TLanes.Add(sc, tc), TLanes.Add(sd, td));
                            if (TLanes.Width == 16)
                                (Vector128.Load(gradients + i) + sum).Store(gradients + i);
                            else
                                AddParts<TVector, TLanes>(part, sum, scratch + (i - first), half, gradients + i);
                        }

                        for (; i < end; i++)
                        {
                            nint a = offsets[i];
                            TVector s = TLanes.Zero, t = TLanes.Zero;
                            MultiplyOne<TVector, TLanes, TLength, TStep>(x0 + a, y0, g00, g01, g02, g03, ref s);
                            MultiplyOne<TVector, TLanes, TLength, TStep>(x2 + a, y2, g20, g21, g22, g23, ref t);
                            MultiplyOne<TVector, TLanes, TLength, TStep>(x1 + a, y1, g10, g11, g12, g13, ref s);
                            MultiplyOne<TVector, TLanes, TLength, TStep>(x3 + a, y3, g30, g31, g32, g33, ref t);
                            TVector both = TLanes.Add(s, t);
                            float sum = TLanes.Fold(both, both, both, both).ToScalar();
                            if (TLanes.Width == 16)
                                gradients[i] += sum;
                            else
                                AddPart<TVector, TLanes>(part, sum, scratch + (i - first), half, gradients + i);
                        }
                    }
                }
            }
        }
    }

    /// <summary>Floats of scratch that <see cref="Run"/> needs, zeroed once.</summary>
    public static int ScratchLength(int longestRow) => (2 * RoundUp(longestRow)) + 64;

    private static int RoundUp(int count) => (count + 3) & ~3;

    // The upper part of the reduction tree for forms whose vector has not all sixteen lanes: the sum of the lower half of the lanes waits in scratch
    // memory for the upper half, and with four parts the third quarter (at right) for the fourth.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddParts<TVector, TLanes>(nint part, Vector128<float> sum, float* left, nint right, float* gradient)
        where TVector : struct
        where TLanes : ILanes<TVector>
    {
        if (part == 0)
            sum.Store(left);
        else if (TLanes.Width == 8)
            (Vector128.Load(gradient) + (Vector128.Load(left) + sum)).Store(gradient);
        else if (part == 4)
            (Vector128.Load(left) + sum).Store(left);
        else if (part == 8)
            sum.Store(left + right);
        else
            (Vector128.Load(gradient) + (Vector128.Load(left) + (Vector128.Load(left + right) + sum))).Store(gradient);
    }

    // AddParts for one weight.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddPart<TVector, TLanes>(nint part, float sum, float* left, nint right, float* gradient)
        where TVector : struct
        where TLanes : ILanes<TVector>
    {
        if (part == 0)
            *left = sum;
        else if (TLanes.Width == 8)
            *gradient += *left + sum;
        else if (part == 4)
            *left += sum;
        else if (part == 8)
            left[right] = sum;
        else
            *gradient += *left + (left[right] + sum);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Load<TVector, TLanes, TLength>(float* y, out TVector g0, out TVector g1, out TVector g2, out TVector g3)
        where TVector : struct
        where TLanes : ILanes<TVector>
        where TLength : IConstant
    {
        g0 = g1 = g2 = g3 = TLanes.Zero;
        if (!TLanes.HasManyRegisters)
            return;
        g0 = TLanes.Load(y);
        if (TLength.Value > 1)
            g1 = TLanes.Load(y + 16);
        if (TLength.Value > 2)
            g2 = TLanes.Load(y + 32);
        if (TLength.Value > 3)
            g3 = TLanes.Load(y + 48);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void MultiplyFour<TVector, TLanes, TLength, TStep>(
        float* x, nint a, nint b, nint c, nint d, float* y, TVector g0, TVector g1, TVector g2, TVector g3,
        ref TVector sa, ref TVector sb, ref TVector sc, ref TVector sd)
        where TVector : struct
        where TLanes : ILanes<TVector>
        where TLength : IConstant
        where TStep : IConstant
    {
        Step<TVector, TLanes>(x, a, b, c, d, TLanes.HasManyRegisters ? g0 : TLanes.Load(y), ref sa, ref sb, ref sc, ref sd);
        if (TLength.Value > 1)
            Step<TVector, TLanes>(x + (16 * TStep.Value), a, b, c, d, TLanes.HasManyRegisters ? g1 : TLanes.Load(y + 16), ref sa, ref sb, ref sc, ref sd);
        if (TLength.Value > 2)
            Step<TVector, TLanes>(x + (32 * TStep.Value), a, b, c, d, TLanes.HasManyRegisters ? g2 : TLanes.Load(y + 32), ref sa, ref sb, ref sc, ref sd);
        if (TLength.Value > 3)
            Step<TVector, TLanes>(x + (48 * TStep.Value), a, b, c, d, TLanes.HasManyRegisters ? g3 : TLanes.Load(y + 48), ref sa, ref sb, ref sc, ref sd);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Step<TVector, TLanes>(
        float* x, nint a, nint b, nint c, nint d, TVector gradient, ref TVector sa, ref TVector sb, ref TVector sc, ref TVector sd)
        where TVector : struct
        where TLanes : ILanes<TVector>
    {
        sa = TLanes.MultiplyAdd(TLanes.Load(x + a), gradient, sa);
        sb = TLanes.MultiplyAdd(TLanes.Load(x + b), gradient, sb);
        sc = TLanes.MultiplyAdd(TLanes.Load(x + c), gradient, sc);
        sd = TLanes.MultiplyAdd(TLanes.Load(x + d), gradient, sd);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void MultiplyOne<TVector, TLanes, TLength, TStep>(float* x, float* y, TVector g0, TVector g1, TVector g2, TVector g3, ref TVector s)
        where TVector : struct
        where TLanes : ILanes<TVector>
        where TLength : IConstant
        where TStep : IConstant
    {
        s = TLanes.MultiplyAdd(TLanes.Load(x), TLanes.HasManyRegisters ? g0 : TLanes.Load(y), s);
        if (TLength.Value > 1)
            s = TLanes.MultiplyAdd(TLanes.Load(x + (16 * TStep.Value)), TLanes.HasManyRegisters ? g1 : TLanes.Load(y + 16), s);
        if (TLength.Value > 2)
            s = TLanes.MultiplyAdd(TLanes.Load(x + (32 * TStep.Value)), TLanes.HasManyRegisters ? g2 : TLanes.Load(y + 32), s);
        if (TLength.Value > 3)
            s = TLanes.MultiplyAdd(TLanes.Load(x + (48 * TStep.Value)), TLanes.HasManyRegisters ? g3 : TLanes.Load(y + 48), s);
    }
}
