using System.Runtime.CompilerServices;

namespace Federated.Engine.Kernels;

// Product of a sparse pattern with the activations (forward pass) or with the output gradients (input gradient, transposed pattern).
//
// Layout: batch-last, so one vector holds one pixel of sixteen images (or of eight or four of them, in two or four parts).
// Loop order: tile of up to 16 pixels (runs of 1…4 side by side) → chunk of source channels → row of the pattern → part of the lanes → non-zero
// weight → pixel of the tile. The tile's sums stay in registers over all weights that the row has in the chunk: 16 accumulators where there are 32
// registers, 8…12 of AVX2's 16. The tile is outermost so that its neighbourhood in all channels stays in the L2 cache while
// every row reads it; where rows are long enough, the chunks keep it in the L1 cache (measured at 30 % density on Zen 5: 1.25 times as fast).
//
// Bound: each fused multiply-add reads one vector of activations and none can be reused, because neighbouring rows of an unstructured pattern
// share no inputs: 64 bytes per 32 operations, 2 bytes a FLOP. So the kernel runs at the bandwidth of the cache that holds the tile's
// neighbourhood (channels · (4 + kernel − 1)² · 64 bytes), not at the peak of the arithmetic; one weight and one offset a tile add 8 bytes to 1024.
// At 1 % and below the largest maps run at the memory's bandwidth. Stores past the caches would only move that cost to the next layer, which reads them.
//
// Measured on Zen 5 at 1 % density: 70…98 GFLOP/s, where tiles in the L1 cache reach 165 and reading the L2 cache from end to end 90…118. Tried and dropped,
// because nothing moved that bound: rows sorted by length, so that their ends are foreseen (no change); weight and offset side by side in one stream (no
// change); asking for the pixels of the weights ahead, or for the next tile's (1.1 times slower), or for the lines to be written (no change); tiles of 8 pixels (1.1
// times slower, at 0.1 % 1.05 times faster). Vectors of 256 bits are bound by their loads, 1.5 a cycle (60…68 GFLOP/s); whole lines in two vectors instead of two
// passes over half lines, which move less between the caches, took 1.05 times longer, in the weight gradient 1.1…1.2 times.
//
// Order of each sum, whatever the width and the batch: starts at the bias (forward), at zero or at the gradient already there, then the weights of its
// row in ascending order, each by one fused multiply-add.
internal static unsafe class PatternProduct
{
    /// <summary>Computes the rows of <paramref name="pattern"/> on all runs of all blocks.</summary>
    /// <typeparam name="TVector">Machine vector.</typeparam>
    /// <typeparam name="TLanes">Its arithmetic.</typeparam>
    /// <typeparam name="TLength">Pixels in a run.</typeparam>
    /// <typeparam name="TStep">Pixels from one pixel of a run to the next in the tensor that is read.</typeparam>
    /// <param name="pattern">The weights' places.</param>
    /// <param name="values">The weights, in the pattern's order.</param>
    /// <param name="initial">One number a row where its sums start, or null for zero.</param>
    /// <param name="accumulate">Sums start at what is written there; <paramref name="initial"/> is not used.</param>
    /// <param name="runs">The pixels.</param>
    /// <param name="blocks">Blocks of sixteen images.</param>
    /// <param name="read">The tensor that is read.</param>
    /// <param name="written">The tensor that is written.</param>
    public static void Run<TVector, TLanes, TLength, TStep>(
        in PatternRows pattern, float* values, float* initial, bool accumulate, RunList runs, int blocks, TensorBlocks read, TensorBlocks written)
        where TVector : struct
        where TLanes : ILanes<TVector>
        where TLength : IConstant
        where TStep : IConstant
    {
        // Sixteen registers hold 2 runs of 4, or 4 runs of up to 3 (12 sums, the weight and one operand).
        int tileRuns = TLanes.HasManyRegisters || TLength.Value < 4 ? 4 : 2;
        int total = runs.Count * blocks;
        int* readOffsets = runs.ReadOffsets;
        int* writtenOffsets = runs.WrittenOffsets;
        int step = runs.WrittenStride;
        int rows = pattern.Count;
        int* offsets = pattern.Offsets;
        int* rowOffsets = pattern.RowOffsets;
        for (int tile = 0; tile < total; tile += tileRuns)
        {
            // A last tile that is not full repeats its last run: computed again from the same numbers, so the same bits are written twice.
            (int block0, int run0) = Math.DivRem(tile, runs.Count);
            (int block1, int run1) = Math.DivRem(Math.Min(tile + 1, total - 1), runs.Count);
            (int block2, int run2) = Math.DivRem(Math.Min(tile + 2, total - 1), runs.Count);
            (int block3, int run3) = Math.DivRem(Math.Min(tile + 3, total - 1), runs.Count);
            float* readRun0 = read.First + (block0 * read.Stride) + readOffsets[run0];
            float* readRun1 = read.First + (block1 * read.Stride) + readOffsets[run1];
            float* readRun2 = read.First + (block2 * read.Stride) + readOffsets[run2];
            float* readRun3 = read.First + (block3 * read.Stride) + readOffsets[run3];
            float* writtenRun0 = written.First + (block0 * written.Stride) + writtenOffsets[run0];
            float* writtenRun1 = written.First + (block1 * written.Stride) + writtenOffsets[run1];
            float* writtenRun2 = written.First + (block2 * written.Stride) + writtenOffsets[run2];
            float* writtenRun3 = written.First + (block3 * written.Stride) + writtenOffsets[run3];
            for (int chunk = 0; chunk < pattern.Chunks; chunk++)
            {
                int* starts = pattern.Splits + ((nint)chunk * pattern.SplitStride);
                int* ends = starts + pattern.SplitStride;
                bool isAdding = accumulate || chunk > 0;
                for (int row = 0; row < rows; row++)
                {
                    int first = starts[row];
                    int end = ends[row];
                    if (isAdding && first == end)
                        continue;
                    if (pattern.Chunks > 1)
                    {
                        nint ahead = starts[Math.Min(row + Prefetch.ChunkRowsAhead, rows - 1)];
                        Prefetch.Lines(offsets + ahead);
                        Prefetch.Lines(values + ahead);
                    }

                    for (nint part = 0; part < 16; part += TLanes.Width)
                    {
                        nint at = rowOffsets[row] + part;
                        TVector s00, s01, s02, s03, s10, s11, s12, s13, s20, s21, s22, s23, s30, s31, s32, s33;
                        s20 = s21 = s22 = s23 = s30 = s31 = s32 = s33 = TLanes.Zero;
                        if (isAdding)
                        {
                            Load<TVector, TLanes, TLength>(writtenRun0 + at, step, out s00, out s01, out s02, out s03);
                            Load<TVector, TLanes, TLength>(writtenRun1 + at, step, out s10, out s11, out s12, out s13);
                            if (tileRuns == 4)
                            {
                                Load<TVector, TLanes, TLength>(writtenRun2 + at, step, out s20, out s21, out s22, out s23);
                                Load<TVector, TLanes, TLength>(writtenRun3 + at, step, out s30, out s31, out s32, out s33);
                            }
                        }
                        else
                        {
                            TVector start = initial == null ? TLanes.Zero : TLanes.Broadcast(initial[row]);
                            s00 = s01 = s02 = s03 = s10 = s11 = s12 = s13 = start;
                            s20 = s21 = s22 = s23 = s30 = s31 = s32 = s33 = start;
                        }

                        float* x0 = readRun0 + part;
                        float* x1 = readRun1 + part;
                        float* x2 = readRun2 + part;
                        float* x3 = readRun3 + part;
                        for (int i = first; i < end; i++)
                        {
                            TVector weight = TLanes.Broadcast(values[i]);
                            nint offset = offsets[i];
                            Multiply<TVector, TLanes, TLength, TStep>(x0 + offset, weight, ref s00, ref s01, ref s02, ref s03);
                            Multiply<TVector, TLanes, TLength, TStep>(x1 + offset, weight, ref s10, ref s11, ref s12, ref s13);
                            if (tileRuns == 4)
                            {
                                Multiply<TVector, TLanes, TLength, TStep>(x2 + offset, weight, ref s20, ref s21, ref s22, ref s23);
                                Multiply<TVector, TLanes, TLength, TStep>(x3 + offset, weight, ref s30, ref s31, ref s32, ref s33);
                            }
                        }

                        Store<TVector, TLanes, TLength>(writtenRun0 + at, step, s00, s01, s02, s03);
                        Store<TVector, TLanes, TLength>(writtenRun1 + at, step, s10, s11, s12, s13);
                        if (tileRuns == 4)
                        {
                            Store<TVector, TLanes, TLength>(writtenRun2 + at, step, s20, s21, s22, s23);
                            Store<TVector, TLanes, TLength>(writtenRun3 + at, step, s30, s31, s32, s33);
                        }
                    }
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Multiply<TVector, TLanes, TLength, TStep>(
        float* x, TVector weight, ref TVector s0, ref TVector s1, ref TVector s2, ref TVector s3)
        where TVector : struct
        where TLanes : ILanes<TVector>
        where TLength : IConstant
        where TStep : IConstant
    {
        s0 = TLanes.MultiplyAdd(TLanes.Load(x), weight, s0);
        if (TLength.Value > 1)
            s1 = TLanes.MultiplyAdd(TLanes.Load(x + (16 * TStep.Value)), weight, s1);
        if (TLength.Value > 2)
            s2 = TLanes.MultiplyAdd(TLanes.Load(x + (32 * TStep.Value)), weight, s2);
        if (TLength.Value > 3)
            s3 = TLanes.MultiplyAdd(TLanes.Load(x + (48 * TStep.Value)), weight, s3);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Load<TVector, TLanes, TLength>(float* y, int step, out TVector s0, out TVector s1, out TVector s2, out TVector s3)
        where TVector : struct
        where TLanes : ILanes<TVector>
        where TLength : IConstant
    {
        s0 = TLanes.Load(y);
        s1 = TLength.Value > 1 ? TLanes.Load(y + step) : TLanes.Zero;
        s2 = TLength.Value > 2 ? TLanes.Load(y + (2 * step)) : TLanes.Zero;
        s3 = TLength.Value > 3 ? TLanes.Load(y + (3 * step)) : TLanes.Zero;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store<TVector, TLanes, TLength>(float* y, int step, TVector s0, TVector s1, TVector s2, TVector s3)
        where TVector : struct
        where TLanes : ILanes<TVector>
        where TLength : IConstant
    {
        TLanes.Store(s0, y);
        if (TLength.Value > 1)
            TLanes.Store(s1, y + step);
        if (TLength.Value > 2)
            TLanes.Store(s2, y + (2 * step));
        if (TLength.Value > 3)
            TLanes.Store(s3, y + (3 * step));
    }
}
