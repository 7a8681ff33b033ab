using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.Arm;
using Federated.Engine.Tensors;

namespace Federated.Engine.Kernels;

// Product of two matrices of activations, image by image: sums[l, r] = Σ over steps of left[l, step] · right[r, step]. Each image is a lane, so that no number is
// broadcast and none is added across lanes. Attention consists of such products.
//
// Layout: batch-last (see PatternProduct).
// Loop order: panel of eight left rows → chunk of steps → tile of three right rows → part of the lanes → step.
// The sums of 8 × 3 rows stay in registers over a chunk: 11 loads feed 24 multiply-adds. Machines with sixteen registers hold 4 × 3, as do the last left rows. A
// panel's chunk, 32 KiB at most, stays in the L1 cache while all right rows pass: 3 vectors for each 24 multiply-adds, from whichever cache holds them. (Asking for
// the next tile's vectors early takes a third longer: they push the panel out.)
//
// Bound: the arithmetic. 24 multiply-adds of 512 bits take 12 cycles, their loads 5.5, and 192 bytes in 12 cycles are a quarter of what the L2 cache gives.
//
// Order of each sum, whatever the width and the blocking: starts at zero or at what is there, then the steps in ascending order, each by one fused multiply-add.
internal static unsafe class LaneProduct
{
    private const int PanelRows = 8;
    private const int FewRows = 4;
    private const int TileRows = 3;
    private const int ChunkSteps = 64;

    /// <summary>Computes all sums.</summary>
    /// <typeparam name="TVector">Machine vector.</typeparam>
    /// <typeparam name="TLanes">Its arithmetic.</typeparam>
    /// <param name="left">Rows of which a panel stays in the cache.</param>
    /// <param name="right">Rows that pass.</param>
    /// <param name="steps">Vectors of a row, at least one.</param>
    /// <param name="sums">Where the results go; must not overlap what is read.</param>
    /// <param name="accumulate">Sums start at what is there.</param>
    /// <param name="factors">For each right row a vector by which its finished sums are multiplied, or null. Not together with <paramref name="accumulate"/>.</param>
    public static void Run<TVector, TLanes>(in LaneMatrix left, in LaneMatrix right, int steps, in LaneSums sums, bool accumulate, float* factors)
        where TVector : struct
        where TLanes : ILanes<TVector>
    {
        bool isWide = TLanes.HasManyRegisters || AdvSimd.Arm64.IsSupported;
        int chunks = (steps + ChunkSteps - 1) / ChunkSteps;
        int chunk = (steps + chunks - 1) / chunks;
        for (int row = 0; row < left.Rows;)
        {
            bool isPanel = isWide && left.Rows - row >= PanelRows;
            for (int step = 0; step < steps; step += chunk)
            {
                var tile = new Tile(left, row, step, sums)
                {
                    Steps = Math.Min(chunk, steps - step),
                    IsAdding = accumulate || step > 0,
                    RightStep = right.StepStride,
                };
                bool isLast = step + chunk >= steps;
                for (int r = 0; r < right.Rows; r += TileRows)
                {
                    tile.PlaceRight(right, step, sums, r, isLast ? factors : null);
                    if (isPanel)
                        Multiply<TVector, TLanes, Two>(tile);
                    else
                        Multiply<TVector, TLanes, One>(tile);
                }
            }

            row += isPanel ? PanelRows : FewRows;
        }
    }

    // Two or one times four left × three right rows.
    private static void Multiply<TVector, TLanes, TFours>(in Tile tile)
        where TVector : struct
        where TLanes : ILanes<TVector>
        where TFours : IConstant
    {
        nint left1 = tile.Left1, left2 = tile.Left2, left3 = tile.Left3;
        nint right1 = tile.Right1, right2 = tile.Right2, leftStep = tile.LeftStep, rightStep = tile.RightStep;
        for (nint part = 0; part < Geometry.Lanes; part += TLanes.Width)
        {
            TVector s00, s01, s02, s10, s11, s12, s20, s21, s22, s30, s31, s32, s40, s41, s42, s50, s51, s52, s60, s61, s62, s70, s71, s72;
            s00 = s01 = s02 = s10 = s11 = s12 = s20 = s21 = s22 = s30 = s31 = s32 = s40 = s41 = s42 = s50 = s51 = s52 = s60 = s61 = s62 = s70 = s71 = s72 = TLanes.Zero;
            float* sums = tile.Sums + part;
            float* lowerSums = sums + tile.SumsLeft4;
            if (tile.IsAdding)
            {
                Load<TVector, TLanes>(sums, tile, out s00, out s01, out s02);
                Load<TVector, TLanes>(sums + tile.SumsLeft1, tile, out s10, out s11, out s12);
                Load<TVector, TLanes>(sums + tile.SumsLeft2, tile, out s20, out s21, out s22);
                Load<TVector, TLanes>(sums + tile.SumsLeft3, tile, out s30, out s31, out s32);
                if (TFours.Value > 1)
                {
                    Load<TVector, TLanes>(lowerSums, tile, out s40, out s41, out s42);
                    Load<TVector, TLanes>(lowerSums + tile.SumsLeft1, tile, out s50, out s51, out s52);
                    Load<TVector, TLanes>(lowerSums + tile.SumsLeft2, tile, out s60, out s61, out s62);
                    Load<TVector, TLanes>(lowerSums + tile.SumsLeft3, tile, out s70, out s71, out s72);
                }
            }

            float* x = tile.Left + part;
            float* lower = x + tile.Left4;
            float* y = tile.Right + part;
            for (int steps = tile.Steps; steps > 0; steps--)
            {
                TVector y0 = TLanes.Load(y);
                TVector y1 = TLanes.Load(y + right1);
                TVector y2 = TLanes.Load(y + right2);
                Row<TVector, TLanes>(TLanes.Load(x), y0, y1, y2, ref s00, ref s01, ref s02);
                Row<TVector, TLanes>(TLanes.Load(x + left1), y0, y1, y2, ref s10, ref s11, ref s12);
                Row<TVector, TLanes>(TLanes.Load(x + left2), y0, y1, y2, ref s20, ref s21, ref s22);
                Row<TVector, TLanes>(TLanes.Load(x + left3), y0, y1, y2, ref s30, ref s31, ref s32);
                if (TFours.Value > 1)
                {
                    Row<TVector, TLanes>(TLanes.Load(lower), y0, y1, y2, ref s40, ref s41, ref s42);
                    Row<TVector, TLanes>(TLanes.Load(lower + left1), y0, y1, y2, ref s50, ref s51, ref s52);
                    Row<TVector, TLanes>(TLanes.Load(lower + left2), y0, y1, y2, ref s60, ref s61, ref s62);
                    Row<TVector, TLanes>(TLanes.Load(lower + left3), y0, y1, y2, ref s70, ref s71, ref s72);
                    lower += leftStep;
                }

                x += leftStep;
                y += rightStep;
            }

            if (tile.Factors != null)
            {
                TVector factor0 = TLanes.Load(tile.Factors + part);
                TVector factor1 = TLanes.Load(tile.Factors + tile.Factor1 + part);
                TVector factor2 = TLanes.Load(tile.Factors + tile.Factor2 + part);
                Scale<TVector, TLanes>(factor0, factor1, factor2, ref s00, ref s01, ref s02);
                Scale<TVector, TLanes>(factor0, factor1, factor2, ref s10, ref s11, ref s12);
                Scale<TVector, TLanes>(factor0, factor1, factor2, ref s20, ref s21, ref s22);
                Scale<TVector, TLanes>(factor0, factor1, factor2, ref s30, ref s31, ref s32);
                Scale<TVector, TLanes>(factor0, factor1, factor2, ref s40, ref s41, ref s42);
                Scale<TVector, TLanes>(factor0, factor1, factor2, ref s50, ref s51, ref s52);
                Scale<TVector, TLanes>(factor0, factor1, factor2, ref s60, ref s61, ref s62);
                Scale<TVector, TLanes>(factor0, factor1, factor2, ref s70, ref s71, ref s72);
            }

            Store<TVector, TLanes>(sums, tile, s00, s01, s02);
            Store<TVector, TLanes>(sums + tile.SumsLeft1, tile, s10, s11, s12);
            Store<TVector, TLanes>(sums + tile.SumsLeft2, tile, s20, s21, s22);
            Store<TVector, TLanes>(sums + tile.SumsLeft3, tile, s30, s31, s32);
            if (TFours.Value > 1)
            {
                Store<TVector, TLanes>(lowerSums, tile, s40, s41, s42);
                Store<TVector, TLanes>(lowerSums + tile.SumsLeft1, tile, s50, s51, s52);
                Store<TVector, TLanes>(lowerSums + tile.SumsLeft2, tile, s60, s61, s62);
                Store<TVector, TLanes>(lowerSums + tile.SumsLeft3, tile, s70, s71, s72);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Row<TVector, TLanes>(TVector x, TVector y0, TVector y1, TVector y2, ref TVector s0, ref TVector s1, ref TVector s2)
        where TVector : struct
        where TLanes : ILanes<TVector>
    {
        s0 = TLanes.MultiplyAdd(x, y0, s0);
        s1 = TLanes.MultiplyAdd(x, y1, s1);
        s2 = TLanes.MultiplyAdd(x, y2, s2);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Load<TVector, TLanes>(float* sums, in Tile tile, out TVector s0, out TVector s1, out TVector s2)
        where TVector : struct
        where TLanes : ILanes<TVector>
    {
        s0 = TLanes.Load(sums);
        s1 = TLanes.Load(sums + tile.SumsRight1);
        s2 = TLanes.Load(sums + tile.SumsRight2);
    }

    // x·y + 0 rounds as x·y; a negative zero becomes a positive one.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Scale<TVector, TLanes>(TVector factor0, TVector factor1, TVector factor2, ref TVector s0, ref TVector s1, ref TVector s2)
        where TVector : struct
        where TLanes : ILanes<TVector>
    {
        s0 = TLanes.MultiplyAdd(s0, factor0, TLanes.Zero);
        s1 = TLanes.MultiplyAdd(s1, factor1, TLanes.Zero);
        s2 = TLanes.MultiplyAdd(s2, factor2, TLanes.Zero);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store<TVector, TLanes>(float* sums, in Tile tile, TVector s0, TVector s1, TVector s2)
        where TVector : struct
        where TLanes : ILanes<TVector>
    {
        TLanes.Store(s0, sums);
        TLanes.Store(s1, sums + tile.SumsRight1);
        TLanes.Store(s2, sums + tile.SumsRight2);
    }

    // Places of the tile's rows, the first by pointers and the others by their distances; left row 4 + i of a panel is as far from row 4 as row i from row 0. Rows that
    // the last tiles lack repeat the last row: they are read, computed and written again with the same result.
    private ref struct Tile
    {
        public readonly float* Left, Sums0;
        public readonly nint Left1, Left2, Left3, Left4, LeftStep;
        public readonly nint SumsLeft1, SumsLeft2, SumsLeft3, SumsLeft4;
        public float* Right, Sums, Factors;
        public nint Right1, Right2, RightStep, SumsRight1, SumsRight2, Factor1, Factor2;
        public int Steps;
        public bool IsAdding;

        public Tile(in LaneMatrix left, int row, int step, in LaneSums sums)
        {
            int last = left.Rows - 1 - row;
            Left = left.First + (row * left.RowStride) + (step * left.StepStride);
            LeftStep = left.StepStride;
            Left1 = Math.Min(1, last) * left.RowStride;
            Left2 = Math.Min(2, last) * left.RowStride;
            Left3 = Math.Min(3, last) * left.RowStride;
            Left4 = FewRows * left.RowStride;
            Sums0 = sums.First + (row * sums.LeftStride);
            SumsLeft1 = Math.Min(1, last) * sums.LeftStride;
            SumsLeft2 = Math.Min(2, last) * sums.LeftStride;
            SumsLeft3 = Math.Min(3, last) * sums.LeftStride;
            SumsLeft4 = FewRows * sums.LeftStride;
        }

        public void PlaceRight(in LaneMatrix right, int step, in LaneSums sums, int row, float* factors)
        {
            int last = right.Rows - 1 - row;
            Right = right.First + (row * right.RowStride) + (step * right.StepStride);
            Right1 = Math.Min(1, last) * right.RowStride;
            Right2 = Math.Min(2, last) * right.RowStride;
            Sums = Sums0 + (row * sums.RightStride);
            SumsRight1 = Math.Min(1, last) * sums.RightStride;
            SumsRight2 = Math.Min(2, last) * sums.RightStride;
            Factors = factors == null ? null : factors + ((nint)row * Geometry.Lanes);
            Factor1 = Math.Min(1, last) * Geometry.Lanes;
            Factor2 = Math.Min(2, last) * Geometry.Lanes;
        }
    }
}
