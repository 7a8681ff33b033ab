using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.Arm;
using Federated.Engine.Tensors;

namespace Federated.Engine.Kernels;

// Product of a dense matrix of weights with the activations (forward pass of a convolution or linear layer) or with the output gradients (input gradient,
// transposed weights).
//
// Layout: batch-last (see PatternProduct).
// Loop order: tile of up to four pixels, of any place and block → chunk of channels → block of four rows → part of the lanes → segment → weight.
// The sums of 4 rows × 4 pixels stay in registers over a chunk: each vector of activations is loaded once for four rows, each weight broadcast once for
// four pixels, so 8 loads feed 16 multiply-adds. Machines with sixteen registers hold 4 rows × 3 pixels. A tile of one pixel (linear layers on one block of
// images) takes three blocks of rows instead, because one chain of dependent additions per row needs some ten rows to fill both pipes.
// A chunk is short enough for its neighbourhood of a tile to stay in the L1 cache while all rows use it; the weights, 16 bytes per 16 multiply-adds, stream
// from whichever cache holds them.
//
// Bound: the arithmetic. 16 multiply-adds of 512 bits take 8 cycles; their 4 vectors and 4 broadcasts take 4.
//
// Order of each sum, whatever the width and the batch: starts at the bias (forward), at zero or at the gradient already there, then the weights of each
// chunk segment by segment (for a convolution tap by tap, and within a tap by channel), each by one fused multiply-add. Taps on the padding are left out.
internal static unsafe class DenseProduct
{
    /// <summary>Computes all rows on the pixels of a class in all blocks.</summary>
    /// <typeparam name="TVector">Machine vector.</typeparam>
    /// <typeparam name="TLanes">Its arithmetic.</typeparam>
    /// <param name="rows">The weights.</param>
    /// <param name="pixels">The pixels, and where the weights' places are from there.</param>
    /// <param name="initial">One number a row where its sums start, or null for zero.</param>
    /// <param name="accumulate">Sums start at what is written there; <paramref name="initial"/> is not used.</param>
    /// <param name="blocks">Blocks of sixteen images.</param>
    /// <param name="read">The tensor that is read.</param>
    /// <param name="written">The tensor that is written.</param>
    public static void Run<TVector, TLanes>(
        in DenseRows rows, PixelClass pixels, float* initial, bool accumulate, int blocks, TensorBlocks read, TensorBlocks written)
        where TVector : struct
        where TLanes : ILanes<TVector>
    {
        if (PointwiseProduct.Suits<TVector, TLanes>(rows, pixels, blocks))
        {
            PointwiseProduct.Run<TVector, TLanes>(rows, pixels, initial, accumulate, blocks, read, written);
            return;
        }

        int total = pixels.Count * blocks;
        int widest = TLanes.HasManyRegisters || AdvSimd.Arm64.IsSupported ? 4 : 3;
        for (int first = 0; first < total;)
        {
            int count = Math.Min(widest, total - first);
            var tile = new Tile(pixels, first, count, read, written);
            switch (count)
            {
                case 1:
                    Column<TVector, TLanes>(rows, pixels, initial, accumulate, tile);
                    break;
                case 2:
                    Rectangle<TVector, TLanes, Two>(rows, pixels, initial, accumulate, tile);
                    break;
                case 3:
                    Rectangle<TVector, TLanes, Three>(rows, pixels, initial, accumulate, tile);
                    break;
                default:
                    Rectangle<TVector, TLanes, Four>(rows, pixels, initial, accumulate, tile);
                    break;
            }

            first += count;
        }
    }

    // Four rows × TPixels pixels.
    private static void Rectangle<TVector, TLanes, TPixels>(in DenseRows rows, PixelClass pixels, float* initial, bool accumulate, in Tile tile)
        where TVector : struct
        where TLanes : ILanes<TVector>
        where TPixels : IConstant
    {
        nint stride1 = rows.Stride(1);
        nint stride2 = rows.Stride(2);
        nint stride3 = rows.Stride(3);
        nint weightStride = rows.WeightStride;
        nint ahead = rows.IsPacked ? rows.PanelStride : 0;
        int rowBlocks = rows.Blocks;
        for (int chunk = 0; chunk < Math.Max(1, pixels.Chunks); chunk++)
        {
            WeightSegment* segments = pixels.Segments + pixels.ChunkStarts[chunk];
            WeightSegment* end = pixels.Chunks == 0 ? segments : pixels.Segments + pixels.ChunkStarts[chunk + 1];
            bool isAdding = accumulate || chunk > 0;
            for (int block = 0; block < rowBlocks; block++)
            {
                int row = rows.FirstRow(block);
                float* panel = rows.Panel(block);
                for (nint part = 0; part < Geometry.Lanes; part += TLanes.Width)
                {
                    nint at0 = rows.RowOffsets[row] + part;
                    nint at1 = rows.RowOffsets[Math.Min(row + 1, rows.Count - 1)] + part;
                    nint at2 = rows.RowOffsets[Math.Min(row + 2, rows.Count - 1)] + part;
                    nint at3 = rows.RowOffsets[Math.Min(row + 3, rows.Count - 1)] + part;
                    TVector s00, s01, s02, s03, s10, s11, s12, s13, s20, s21, s22, s23, s30, s31, s32, s33;
                    if (isAdding)
                    {
                        Load<TVector, TLanes, TPixels>(tile, at0, out s00, out s01, out s02, out s03);
                        Load<TVector, TLanes, TPixels>(tile, at1, out s10, out s11, out s12, out s13);
                        Load<TVector, TLanes, TPixels>(tile, at2, out s20, out s21, out s22, out s23);
                        Load<TVector, TLanes, TPixels>(tile, at3, out s30, out s31, out s32, out s33);
                    }
                    else
                    {
                        s00 = s01 = s02 = s03 = Start<TVector, TLanes>(initial, row, rows.Count);
                        s10 = s11 = s12 = s13 = Start<TVector, TLanes>(initial, row + 1, rows.Count);
                        s20 = s21 = s22 = s23 = Start<TVector, TLanes>(initial, row + 2, rows.Count);
                        s30 = s31 = s32 = s33 = Start<TVector, TLanes>(initial, row + 3, rows.Count);
                    }

                    for (WeightSegment* segment = segments; segment < end; segment++)
                    {
                        nint at = segment->ReadOffset + part;
                        nint readStride = segment->ReadStride;
                        float* x0 = tile.Read0;
                        float* x1 = tile.Read1;
                        float* x2 = tile.Read2;
                        float* x3 = tile.Read3;
                        float* weight = panel + segment->WeightOffset;
                        for (int left = segment->Count; left > 0; left--)
                        {
                            // A chunk of the next block's weights does not follow this one's: the processor's own prefetcher starts anew with each.
                            Prefetch.Line(weight + ahead);
                            TVector v0 = TLanes.Load(x0 + at);
                            TVector v1 = TLanes.Load(x1 + at);
                            TVector v2 = TPixels.Value > 2 ? TLanes.Load(x2 + at) : v0;
                            TVector v3 = TPixels.Value > 3 ? TLanes.Load(x3 + at) : v0;
                            Multiply<TVector, TLanes, TPixels>(*weight, v0, v1, v2, v3, ref s00, ref s01, ref s02, ref s03);
                            Multiply<TVector, TLanes, TPixels>(weight[stride1], v0, v1, v2, v3, ref s10, ref s11, ref s12, ref s13);
                            Multiply<TVector, TLanes, TPixels>(weight[stride2], v0, v1, v2, v3, ref s20, ref s21, ref s22, ref s23);
                            Multiply<TVector, TLanes, TPixels>(weight[stride3], v0, v1, v2, v3, ref s30, ref s31, ref s32, ref s33);
                            at += readStride;
                            weight += weightStride;
                        }
                    }

                    int own = block * DenseRows.PerBlock;
                    if (row >= own)
                        Store<TVector, TLanes, TPixels>(tile, at0, s00, s01, s02, s03);
                    if (row + 1 >= own && row + 1 < rows.Count)
                        Store<TVector, TLanes, TPixels>(tile, at1, s10, s11, s12, s13);
                    if (row + 2 >= own && row + 2 < rows.Count)
                        Store<TVector, TLanes, TPixels>(tile, at2, s20, s21, s22, s23);
                    if (row + 3 >= own && row + 3 < rows.Count)
                        Store<TVector, TLanes, TPixels>(tile, at3, s30, s31, s32, s33);
                }
            }
        }
    }

    // Twelve rows × one pixel. Blocks that a last group lacks repeat the last one and are not written.
    private static void Column<TVector, TLanes>(in DenseRows rows, PixelClass pixels, float* initial, bool accumulate, in Tile tile)
        where TVector : struct
        where TLanes : ILanes<TVector>
    {
        nint stride1 = rows.Stride(1);
        nint stride2 = rows.Stride(2);
        nint stride3 = rows.Stride(3);
        nint weightStride = rows.WeightStride;
        int rowBlocks = rows.Blocks;
        for (int chunk = 0; chunk < Math.Max(1, pixels.Chunks); chunk++)
        {
            WeightSegment* segments = pixels.Segments + pixels.ChunkStarts[chunk];
            WeightSegment* end = pixels.Chunks == 0 ? segments : pixels.Segments + pixels.ChunkStarts[chunk + 1];
            bool isAdding = accumulate || chunk > 0;
            for (int block = 0; block < rowBlocks; block += 3)
            {
                int blockB = Math.Min(block + 1, rowBlocks - 1);
                int blockC = Math.Min(block + 2, rowBlocks - 1);
                for (nint part = 0; part < Geometry.Lanes; part += TLanes.Width)
                {
                    float* y = tile.Written0 + part;
                    Begin<TVector, TLanes>(rows, block, initial, isAdding, y, out TVector a0, out TVector a1, out TVector a2, out TVector a3);
                    Begin<TVector, TLanes>(rows, blockB, initial, isAdding, y, out TVector b0, out TVector b1, out TVector b2, out TVector b3);
                    Begin<TVector, TLanes>(rows, blockC, initial, isAdding, y, out TVector c0, out TVector c1, out TVector c2, out TVector c3);
                    for (WeightSegment* segment = segments; segment < end; segment++)
                    {
                        nint readStride = segment->ReadStride;
                        float* x = tile.Read0 + segment->ReadOffset + part;
                        float* weightA = rows.Panel(block) + segment->WeightOffset;
                        float* weightB = rows.Panel(blockB) + segment->WeightOffset;
                        float* weightC = rows.Panel(blockC) + segment->WeightOffset;
                        for (int left = segment->Count; left > 0; left--)
                        {
                            TVector v = TLanes.Load(x);
                            a0 = TLanes.MultiplyAdd(TLanes.Broadcast(*weightA), v, a0);
                            a1 = TLanes.MultiplyAdd(TLanes.Broadcast(weightA[stride1]), v, a1);
                            a2 = TLanes.MultiplyAdd(TLanes.Broadcast(weightA[stride2]), v, a2);
                            a3 = TLanes.MultiplyAdd(TLanes.Broadcast(weightA[stride3]), v, a3);
                            b0 = TLanes.MultiplyAdd(TLanes.Broadcast(*weightB), v, b0);
                            b1 = TLanes.MultiplyAdd(TLanes.Broadcast(weightB[stride1]), v, b1);
                            b2 = TLanes.MultiplyAdd(TLanes.Broadcast(weightB[stride2]), v, b2);
                            b3 = TLanes.MultiplyAdd(TLanes.Broadcast(weightB[stride3]), v, b3);
                            c0 = TLanes.MultiplyAdd(TLanes.Broadcast(*weightC), v, c0);
                            c1 = TLanes.MultiplyAdd(TLanes.Broadcast(weightC[stride1]), v, c1);
                            c2 = TLanes.MultiplyAdd(TLanes.Broadcast(weightC[stride2]), v, c2);
                            c3 = TLanes.MultiplyAdd(TLanes.Broadcast(weightC[stride3]), v, c3);
                            x += readStride;
                            weightA += weightStride;
                            weightB += weightStride;
                            weightC += weightStride;
                        }
                    }

                    End<TVector, TLanes>(rows, block, y, a0, a1, a2, a3);
                    if (blockB > block)
                        End<TVector, TLanes>(rows, blockB, y, b0, b1, b2, b3);
                    if (blockC > blockB)
                        End<TVector, TLanes>(rows, blockC, y, c0, c1, c2, c3);
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Start<TVector, TLanes>(float* initial, int row, int count)
        where TVector : struct
        where TLanes : ILanes<TVector>
        => initial == null ? TLanes.Zero : TLanes.Broadcast(initial[Math.Min(row, count - 1)]);

    private static void Begin<TVector, TLanes>(
        in DenseRows rows, int block, float* initial, bool isAdding, float* y, out TVector s0, out TVector s1, out TVector s2, out TVector s3)
        where TVector : struct
        where TLanes : ILanes<TVector>
    {
        int row = rows.FirstRow(block);
        int last = rows.Count - 1;
        if (isAdding)
        {
            s0 = TLanes.Load(y + rows.RowOffsets[row]);
            s1 = TLanes.Load(y + rows.RowOffsets[Math.Min(row + 1, last)]);
            s2 = TLanes.Load(y + rows.RowOffsets[Math.Min(row + 2, last)]);
            s3 = TLanes.Load(y + rows.RowOffsets[Math.Min(row + 3, last)]);
        }
        else
        {
            s0 = Start<TVector, TLanes>(initial, row, rows.Count);
            s1 = Start<TVector, TLanes>(initial, row + 1, rows.Count);
            s2 = Start<TVector, TLanes>(initial, row + 2, rows.Count);
            s3 = Start<TVector, TLanes>(initial, row + 3, rows.Count);
        }
    }

    private static void End<TVector, TLanes>(in DenseRows rows, int block, float* y, TVector s0, TVector s1, TVector s2, TVector s3)
        where TVector : struct
        where TLanes : ILanes<TVector>
    {
        int row = rows.FirstRow(block);
        int own = block * DenseRows.PerBlock;
        if (row >= own)
            TLanes.Store(s0, y + rows.RowOffsets[row]);
        if (row + 1 >= own && row + 1 < rows.Count)
            TLanes.Store(s1, y + rows.RowOffsets[row + 1]);
        if (row + 2 >= own && row + 2 < rows.Count)
            TLanes.Store(s2, y + rows.RowOffsets[row + 2]);
        if (row + 3 >= own && row + 3 < rows.Count)
            TLanes.Store(s3, y + rows.RowOffsets[row + 3]);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Multiply<TVector, TLanes, TPixels>(
        float weight, TVector v0, TVector v1, TVector v2, TVector v3, ref TVector s0, ref TVector s1, ref TVector s2, ref TVector s3)
        where TVector : struct
        where TLanes : ILanes<TVector>
        where TPixels : IConstant
    {
        TVector w = TLanes.Broadcast(weight);
        s0 = TLanes.MultiplyAdd(v0, w, s0);
        s1 = TLanes.MultiplyAdd(v1, w, s1);
        if (TPixels.Value > 2)
            s2 = TLanes.MultiplyAdd(v2, w, s2);
        if (TPixels.Value > 3)
            s3 = TLanes.MultiplyAdd(v3, w, s3);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Load<TVector, TLanes, TPixels>(in Tile tile, nint at, out TVector s0, out TVector s1, out TVector s2, out TVector s3)
        where TVector : struct
        where TLanes : ILanes<TVector>
        where TPixels : IConstant
    {
        s0 = TLanes.Load(tile.Written0 + at);
        s1 = TLanes.Load(tile.Written1 + at);
        s2 = TPixels.Value > 2 ? TLanes.Load(tile.Written2 + at) : TLanes.Zero;
        s3 = TPixels.Value > 3 ? TLanes.Load(tile.Written3 + at) : TLanes.Zero;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store<TVector, TLanes, TPixels>(in Tile tile, nint at, TVector s0, TVector s1, TVector s2, TVector s3)
        where TVector : struct
        where TLanes : ILanes<TVector>
        where TPixels : IConstant
    {
        TLanes.Store(s0, tile.Written0 + at);
        TLanes.Store(s1, tile.Written1 + at);
        if (TPixels.Value > 2)
            TLanes.Store(s2, tile.Written2 + at);
        if (TPixels.Value > 3)
            TLanes.Store(s3, tile.Written3 + at);
    }

    // The places of one to four consecutive pixels of the class, counted on from block to block; pixels that the tile lacks repeat its last one.
    private readonly ref struct Tile
    {
        public readonly float* Read0, Read1, Read2, Read3, Written0, Written1, Written2, Written3;

        public Tile(PixelClass pixels, int first, int count, TensorBlocks read, TensorBlocks written)
        {
            Place(pixels, first, read, written, out Read0, out Written0);
            Place(pixels, first + Math.Min(1, count - 1), read, written, out Read1, out Written1);
            Place(pixels, first + Math.Min(2, count - 1), read, written, out Read2, out Written2);
            Place(pixels, first + Math.Min(3, count - 1), read, written, out Read3, out Written3);
        }

        private static void Place(PixelClass pixels, int index, TensorBlocks read, TensorBlocks written, out float* from, out float* to)
        {
            (int block, int pixel) = Math.DivRem(index, pixels.Count);
            from = read.First + (block * read.Stride) + pixels.ReadOffsets[pixel];
            to = written.First + (block * written.Stride) + pixels.WrittenOffsets[pixel];
        }
    }
}
