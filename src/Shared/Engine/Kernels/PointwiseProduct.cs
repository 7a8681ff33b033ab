using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.Arm;
using Federated.Engine.Tensors;

namespace Federated.Engine.Kernels;

// The dense product of one tap (1×1 kernels, linear layers on tokens) on machines with 32 registers. Like DenseProduct, and with the same sums, but in tiles of
// 8 rows × 3 pixels: 24 sums, 3 vectors and a broadcast stay in registers, 11 loads feed 24 multiply-adds, and three pixels need so few bytes a cycle that they may come
// from the L2 cache: chunks are longer, and sums are put away and taken up again a tenth as often as with 4 × 4.
internal static unsafe class PointwiseProduct
{
    /// <summary>Pixels of a tile.</summary>
    public const int TilePixels = 3;

    // 72 cycles: the L2 cache answers within 20, but pages change with each step.
    private const int StepsAhead = 6;

    // With fewer pixels a last tile that is not full costs more than the larger tile gains.
    private const int FewestPixels = 16;

    /// <summary>Whether a product is of this kind.</summary>
    public static bool Suits<TVector, TLanes>(in DenseRows rows, PixelClass pixels, int blocks)
        where TVector : struct
        where TLanes : ILanes<TVector>
        => (TLanes.HasManyRegisters || AdvSimd.Arm64.IsSupported) && rows.IsPacked && rows.Blocks >= 2 && pixels.IsOneTap && pixels.Count * blocks >= FewestPixels;

    /// <inheritdoc cref="DenseProduct.Run"/>
    public static void Run<TVector, TLanes>(
        in DenseRows rows, PixelClass pixels, float* initial, bool accumulate, int blocks, TensorBlocks read, TensorBlocks written)
        where TVector : struct
        where TLanes : ILanes<TVector>
    {
        int total = pixels.Count * blocks;
        for (int first = 0; first < total; first += TilePixels)
        {
            var tile = new Tile(pixels, first, total - 1, read, written);
            for (int chunk = 0; chunk < pixels.Chunks; chunk++)
            {
                WeightSegment segment = pixels.Segments[chunk];
                for (int block = 0; block < rows.Blocks; block += 2)
                    Multiply<TVector, TLanes>(rows, block, segment, initial, accumulate || chunk > 0, tile);
            }
        }
    }

    // Eight rows. Rows that a last pair of blocks lacks repeat others and are not written.
    private static void Multiply<TVector, TLanes>(in DenseRows rows, int block, WeightSegment segment, float* initial, bool isAdding, in Tile tile)
        where TVector : struct
        where TLanes : ILanes<TVector>
    {
        int row = block * DenseRows.PerBlock;
        int last = rows.Count - 1;
        bool isPair = block + 1 < rows.Blocks;
        float* panelA = rows.Panel(block) + segment.WeightOffset;
        nint pair = isPair ? rows.PanelStride : 0;
        nint ahead = 2 * rows.PanelStride;
        nint readStride = segment.ReadStride;
        nint readAhead = StepsAhead * readStride;
        int* offsets = rows.RowOffsets;
        for (nint part = 0; part < Geometry.Lanes; part += TLanes.Width)
        {
            TVector s00, s01, s02, s10, s11, s12, s20, s21, s22, s30, s31, s32, s40, s41, s42, s50, s51, s52, s60, s61, s62, s70, s71, s72;
            if (isAdding)
            {
                Load<TVector, TLanes>(tile, offsets[row] + part, out s00, out s01, out s02);
                Load<TVector, TLanes>(tile, offsets[Math.Min(row + 1, last)] + part, out s10, out s11, out s12);
                Load<TVector, TLanes>(tile, offsets[Math.Min(row + 2, last)] + part, out s20, out s21, out s22);
                Load<TVector, TLanes>(tile, offsets[Math.Min(row + 3, last)] + part, out s30, out s31, out s32);
                Load<TVector, TLanes>(tile, offsets[Math.Min(row + 4, last)] + part, out s40, out s41, out s42);
                Load<TVector, TLanes>(tile, offsets[Math.Min(row + 5, last)] + part, out s50, out s51, out s52);
                Load<TVector, TLanes>(tile, offsets[Math.Min(row + 6, last)] + part, out s60, out s61, out s62);
                Load<TVector, TLanes>(tile, offsets[Math.Min(row + 7, last)] + part, out s70, out s71, out s72);
            }
            else
            {
                s00 = s01 = s02 = Start<TVector, TLanes>(initial, row);
                s10 = s11 = s12 = Start<TVector, TLanes>(initial, Math.Min(row + 1, last));
                s20 = s21 = s22 = Start<TVector, TLanes>(initial, Math.Min(row + 2, last));
                s30 = s31 = s32 = Start<TVector, TLanes>(initial, Math.Min(row + 3, last));
                s40 = s41 = s42 = Start<TVector, TLanes>(initial, Math.Min(row + 4, last));
                s50 = s51 = s52 = Start<TVector, TLanes>(initial, Math.Min(row + 5, last));
                s60 = s61 = s62 = Start<TVector, TLanes>(initial, Math.Min(row + 6, last));
                s70 = s71 = s72 = Start<TVector, TLanes>(initial, Math.Min(row + 7, last));
            }

            nint at = segment.ReadOffset + part;
            float* x0 = tile.Read0 + at;
            float* x1 = tile.Read1 + at;
            float* x2 = tile.Read2 + at;
            float* a = panelA;
            float* b = panelA + pair;
            for (int left = segment.Count; left > 0; left--)
            {
                // A chunk of the next blocks' weights does not follow these: the processor's own prefetcher starts anew with each.
                Prefetch.Line(a + ahead);
                Prefetch.Line(b + ahead);
                Prefetch.Line(x0 + readAhead);
                Prefetch.Line(x1 + readAhead);
                Prefetch.Line(x2 + readAhead);
                TVector v0 = TLanes.Load(x0);
                TVector v1 = TLanes.Load(x1);
                TVector v2 = TLanes.Load(x2);
                Row<TVector, TLanes>(*a, v0, v1, v2, ref s00, ref s01, ref s02);
                Row<TVector, TLanes>(a[1], v0, v1, v2, ref s10, ref s11, ref s12);
                Row<TVector, TLanes>(a[2], v0, v1, v2, ref s20, ref s21, ref s22);
                Row<TVector, TLanes>(a[3], v0, v1, v2, ref s30, ref s31, ref s32);
                Row<TVector, TLanes>(*b, v0, v1, v2, ref s40, ref s41, ref s42);
                Row<TVector, TLanes>(b[1], v0, v1, v2, ref s50, ref s51, ref s52);
                Row<TVector, TLanes>(b[2], v0, v1, v2, ref s60, ref s61, ref s62);
                Row<TVector, TLanes>(b[3], v0, v1, v2, ref s70, ref s71, ref s72);
                x0 += readStride;
                x1 += readStride;
                x2 += readStride;
                a += DenseRows.PerBlock;
                b += DenseRows.PerBlock;
            }

            Store<TVector, TLanes>(tile, offsets[row] + part, s00, s01, s02);
            if (row + 1 <= last)
                Store<TVector, TLanes>(tile, offsets[row + 1] + part, s10, s11, s12);
            if (row + 2 <= last)
                Store<TVector, TLanes>(tile, offsets[row + 2] + part, s20, s21, s22);
            if (row + 3 <= last)
                Store<TVector, TLanes>(tile, offsets[row + 3] + part, s30, s31, s32);
            if (row + 4 <= last)
                Store<TVector, TLanes>(tile, offsets[row + 4] + part, s40, s41, s42);
            if (row + 5 <= last)
                Store<TVector, TLanes>(tile, offsets[row + 5] + part, s50, s51, s52);
            if (row + 6 <= last)
                Store<TVector, TLanes>(tile, offsets[row + 6] + part, s60, s61, s62);
            if (row + 7 <= last)
                Store<TVector, TLanes>(tile, offsets[row + 7] + part, s70, s71, s72);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Start<TVector, TLanes>(float* initial, int row)
        where TVector : struct
        where TLanes : ILanes<TVector>
        => initial == null ? TLanes.Zero : TLanes.Broadcast(initial[row]);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Row<TVector, TLanes>(float weight, TVector v0, TVector v1, TVector v2, ref TVector s0, ref TVector s1, ref TVector s2)
        where TVector : struct
        where TLanes : ILanes<TVector>
    {
        TVector w = TLanes.Broadcast(weight);
        s0 = TLanes.MultiplyAdd(v0, w, s0);
        s1 = TLanes.MultiplyAdd(v1, w, s1);
        s2 = TLanes.MultiplyAdd(v2, w, s2);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Load<TVector, TLanes>(in Tile tile, nint at, out TVector s0, out TVector s1, out TVector s2)
        where TVector : struct
        where TLanes : ILanes<TVector>
    {
        s0 = TLanes.Load(tile.Written0 + at);
        s1 = TLanes.Load(tile.Written1 + at);
        s2 = TLanes.Load(tile.Written2 + at);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store<TVector, TLanes>(in Tile tile, nint at, TVector s0, TVector s1, TVector s2)
        where TVector : struct
        where TLanes : ILanes<TVector>
    {
        TLanes.Store(s0, tile.Written0 + at);
        TLanes.Store(s1, tile.Written1 + at);
        TLanes.Store(s2, tile.Written2 + at);
    }

    // The places of three consecutive pixels of the class, counted on from block to block; pixels that the tile lacks repeat the last: they get the same sums again.
    private readonly ref struct Tile
    {
        public readonly float* Read0, Read1, Read2, Written0, Written1, Written2;

        public Tile(PixelClass pixels, int first, int last, TensorBlocks read, TensorBlocks written)
        {
            Place(pixels, first, read, written, out Read0, out Written0);
            Place(pixels, Math.Min(first + 1, last), read, written, out Read1, out Written1);
            Place(pixels, Math.Min(first + 2, last), read, written, out Read2, out Written2);
        }

        private static void Place(PixelClass pixels, int index, TensorBlocks read, TensorBlocks written, out float* from, out float* to)
        {
            (int block, int pixel) = Math.DivRem(index, pixels.Count);
            from = read.First + (block * read.Stride) + pixels.ReadOffsets[pixel];
            to = written.First + (block * written.Stride) + pixels.WrittenOffsets[pixel];
        }
    }
}
