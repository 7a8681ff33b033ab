using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.Arm;
using Federated.Engine.Tensors;

namespace Federated.Engine.Kernels;

// Product of two matrices of activations, image by image: sums[l, r] = Σ over steps of left[l, step] · right[r, step]. Each image is a lane, so that no number is
// broadcast and none is added across lanes. Attention consists of such products.
//
// Layout: batch-last (see PatternProduct).
// Loop order: panel of left rows → chunk of steps → tile of four right rows → tile of four left rows → part of the lanes → step.
// The sums of 4 × 4 rows stay in registers over a chunk: 8 loads feed 16 multiply-adds. Machines with sixteen registers hold 4 × 3. A panel's chunk stays in the
// L1 cache while all right rows pass, whose vectors come from whichever cache holds them, once for all tiles of the panel: 4 of them for each 16·(panel/4)
// multiply-adds.
//
// Bound: the arithmetic. 16 multiply-adds of 512 bits take 8 cycles, their 8 loads 4.
//
// Order of each sum, whatever the width and the blocking: starts at zero or at what is there, then the steps in ascending order, each by one fused multiply-add.
internal static unsafe class LaneProduct
{
    // 16 rows × 32 steps are 32 KiB: with a tile of the other matrix (8 KiB) they fit an L1 cache of 48 KiB.
    private const int PanelRows = 16;
    private const int ChunkSteps = 32;

    /// <summary>Computes all sums.</summary>
    /// <typeparam name="TVector">Machine vector.</typeparam>
    /// <typeparam name="TLanes">Its arithmetic.</typeparam>
    /// <param name="left">Rows of which a panel stays in the cache.</param>
    /// <param name="right">Rows that pass.</param>
    /// <param name="steps">Vectors of a row, at least one.</param>
    /// <param name="sums">Where the results go; must not overlap what is read.</param>
    /// <param name="accumulate">Sums start at what is there.</param>
    /// <param name="factors">For each left row a vector by which its finished sums are multiplied, or null. Not together with <paramref name="accumulate"/>.</param>
    public static void Run<TVector, TLanes>(in LaneMatrix left, in LaneMatrix right, int steps, in LaneSums sums, bool accumulate, float* factors)
        where TVector : struct
        where TLanes : ILanes<TVector>
    {
        bool isWide = TLanes.HasManyRegisters || AdvSimd.Arm64.IsSupported;
        int widest = isWide ? 4 : 3;
        for (int panel = 0; panel < left.Rows; panel += PanelRows)
        {
            int panelEnd = Math.Min(panel + PanelRows, left.Rows);
            for (int step = 0; step < steps; step += ChunkSteps)
            {
                var tile = new Tile
                {
                    Steps = Math.Min(ChunkSteps, steps - step),
                    IsAdding = accumulate || step > 0,
                    LeftStep = left.StepStride,
                    RightStep = right.StepStride,
                };
                bool isLast = step + ChunkSteps >= steps;
                for (int r = 0; r < right.Rows; r += widest)
                {
                    tile.PlaceRight(right, step, sums, r);
                    for (int l = panel; l < panelEnd; l += 4)
                    {
                        tile.PlaceLeft(left, step, sums, l, panelEnd - 1, isLast ? factors : null);
                        if (isWide)
                            Multiply<TVector, TLanes, Four>(tile);
                        else
                            Multiply<TVector, TLanes, Three>(tile);
                    }
                }
            }
        }
    }

    // Four left × TRights right rows.
    private static void Multiply<TVector, TLanes, TRights>(in Tile tile)
        where TVector : struct
        where TLanes : ILanes<TVector>
        where TRights : IConstant
    {
        nint left1 = tile.Left1, left2 = tile.Left2, left3 = tile.Left3;
        nint right1 = tile.Right1, right2 = tile.Right2, right3 = tile.Right3;
        nint leftStep = tile.LeftStep, rightStep = tile.RightStep;
        for (nint part = 0; part < Geometry.Lanes; part += TLanes.Width)
        {
            TVector s00, s01, s02, s03, s10, s11, s12, s13, s20, s21, s22, s23, s30, s31, s32, s33;
            float* sums0 = tile.Sums + part;
            float* sums1 = sums0 + tile.SumsLeft1;
            float* sums2 = sums0 + tile.SumsLeft2;
            float* sums3 = sums0 + tile.SumsLeft3;
            if (tile.IsAdding)
            {
                Load<TVector, TLanes, TRights>(sums0, tile, out s00, out s01, out s02, out s03);
                Load<TVector, TLanes, TRights>(sums1, tile, out s10, out s11, out s12, out s13);
                Load<TVector, TLanes, TRights>(sums2, tile, out s20, out s21, out s22, out s23);
                Load<TVector, TLanes, TRights>(sums3, tile, out s30, out s31, out s32, out s33);
            }
            else
            {
                s00 = s01 = s02 = s03 = s10 = s11 = s12 = s13 = s20 = s21 = s22 = s23 = s30 = s31 = s32 = s33 = TLanes.Zero;
            }

            float* x = tile.Left + part;
            float* y = tile.Right + part;
            for (int steps = tile.Steps; steps > 0; steps--)
            {
                TVector y0 = TLanes.Load(y);
                TVector y1 = TLanes.Load(y + right1);
                TVector y2 = TLanes.Load(y + right2);
                TVector y3 = TRights.Value > 3 ? TLanes.Load(y + right3) : y0;
                Row<TVector, TLanes, TRights>(TLanes.Load(x), y0, y1, y2, y3, ref s00, ref s01, ref s02, ref s03);
                Row<TVector, TLanes, TRights>(TLanes.Load(x + left1), y0, y1, y2, y3, ref s10, ref s11, ref s12, ref s13);
                Row<TVector, TLanes, TRights>(TLanes.Load(x + left2), y0, y1, y2, y3, ref s20, ref s21, ref s22, ref s23);
                Row<TVector, TLanes, TRights>(TLanes.Load(x + left3), y0, y1, y2, y3, ref s30, ref s31, ref s32, ref s33);
                x += leftStep;
                y += rightStep;
            }

            if (tile.Factors != null)
            {
                float* factors = tile.Factors + part;
                Scale<TVector, TLanes, TRights>(TLanes.Load(factors), ref s00, ref s01, ref s02, ref s03);
                Scale<TVector, TLanes, TRights>(TLanes.Load(factors + tile.Factor1), ref s10, ref s11, ref s12, ref s13);
                Scale<TVector, TLanes, TRights>(TLanes.Load(factors + tile.Factor2), ref s20, ref s21, ref s22, ref s23);
                Scale<TVector, TLanes, TRights>(TLanes.Load(factors + tile.Factor3), ref s30, ref s31, ref s32, ref s33);
            }

            Store<TVector, TLanes, TRights>(sums0, tile, s00, s01, s02, s03);
            Store<TVector, TLanes, TRights>(sums1, tile, s10, s11, s12, s13);
            Store<TVector, TLanes, TRights>(sums2, tile, s20, s21, s22, s23);
            Store<TVector, TLanes, TRights>(sums3, tile, s30, s31, s32, s33);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Row<TVector, TLanes, TRights>(
        TVector x, TVector y0, TVector y1, TVector y2, TVector y3, ref TVector s0, ref TVector s1, ref TVector s2, ref TVector s3)
        where TVector : struct
        where TLanes : ILanes<TVector>
        where TRights : IConstant
    {
        s0 = TLanes.MultiplyAdd(x, y0, s0);
        s1 = TLanes.MultiplyAdd(x, y1, s1);
        s2 = TLanes.MultiplyAdd(x, y2, s2);
        if (TRights.Value > 3)
            s3 = TLanes.MultiplyAdd(x, y3, s3);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Load<TVector, TLanes, TRights>(float* sums, in Tile tile, out TVector s0, out TVector s1, out TVector s2, out TVector s3)
        where TVector : struct
        where TLanes : ILanes<TVector>
        where TRights : IConstant
    {
        s0 = TLanes.Load(sums);
        s1 = TLanes.Load(sums + tile.SumsRight1);
        s2 = TLanes.Load(sums + tile.SumsRight2);
        s3 = TRights.Value > 3 ? TLanes.Load(sums + tile.SumsRight3) : TLanes.Zero;
    }

    // x·y + 0 rounds as x·y; a negative zero becomes a positive one.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Scale<TVector, TLanes, TRights>(TVector factor, ref TVector s0, ref TVector s1, ref TVector s2, ref TVector s3)
        where TVector : struct
        where TLanes : ILanes<TVector>
        where TRights : IConstant
    {
        s0 = TLanes.MultiplyAdd(s0, factor, TLanes.Zero);
        s1 = TLanes.MultiplyAdd(s1, factor, TLanes.Zero);
        s2 = TLanes.MultiplyAdd(s2, factor, TLanes.Zero);
        if (TRights.Value > 3)
            s3 = TLanes.MultiplyAdd(s3, factor, TLanes.Zero);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store<TVector, TLanes, TRights>(float* sums, in Tile tile, TVector s0, TVector s1, TVector s2, TVector s3)
        where TVector : struct
        where TLanes : ILanes<TVector>
        where TRights : IConstant
    {
        TLanes.Store(s0, sums);
        TLanes.Store(s1, sums + tile.SumsRight1);
        TLanes.Store(s2, sums + tile.SumsRight2);
        if (TRights.Value > 3)
            TLanes.Store(s3, sums + tile.SumsRight3);
    }

    // Places of the tile's rows, the first by pointers and the others by their distances. Rows that a last tile lacks repeat its last one: they are read, computed
    // and written again with the same result.
    private ref struct Tile
    {
        public float* Left, Right, Sums, Factors;
        public nint Left1, Left2, Left3, Right1, Right2, Right3, LeftStep, RightStep;
        public nint SumsLeft1, SumsLeft2, SumsLeft3, SumsRight1, SumsRight2, SumsRight3, Factor1, Factor2, Factor3;
        public int Steps;
        public bool IsAdding;
        private float* sumsColumn;

        public void PlaceRight(in LaneMatrix right, int step, in LaneSums sums, int row)
        {
            int last = right.Rows - 1 - row;
            Right = right.First + (row * right.RowStride) + (step * right.StepStride);
            Right1 = Math.Min(1, last) * right.RowStride;
            Right2 = Math.Min(2, last) * right.RowStride;
            Right3 = Math.Min(3, last) * right.RowStride;
            sumsColumn = sums.First + (row * sums.RightStride);
            SumsRight1 = Math.Min(1, last) * sums.RightStride;
            SumsRight2 = Math.Min(2, last) * sums.RightStride;
            SumsRight3 = Math.Min(3, last) * sums.RightStride;
        }

        public void PlaceLeft(in LaneMatrix left, int step, in LaneSums sums, int row, int lastRow, float* factors)
        {
            int last = lastRow - row;
            Left = left.First + (row * left.RowStride) + (step * left.StepStride);
            Left1 = Math.Min(1, last) * left.RowStride;
            Left2 = Math.Min(2, last) * left.RowStride;
            Left3 = Math.Min(3, last) * left.RowStride;
            Sums = sumsColumn + (row * sums.LeftStride);
            SumsLeft1 = Math.Min(1, last) * sums.LeftStride;
            SumsLeft2 = Math.Min(2, last) * sums.LeftStride;
            SumsLeft3 = Math.Min(3, last) * sums.LeftStride;
            Factors = factors == null ? null : factors + ((nint)row * Geometry.Lanes);
            Factor1 = Math.Min(1, last) * Geometry.Lanes;
            Factor2 = Math.Min(2, last) * Geometry.Lanes;
            Factor3 = Math.Min(3, last) * Geometry.Lanes;
        }
    }
}
