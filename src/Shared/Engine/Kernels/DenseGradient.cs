using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using Federated.Engine.Tensors;

namespace Federated.Engine.Kernels;

// Gradient of the loss with respect to all weights of a few output channels: for each weight the sum over images and pixels of input × output gradient.
//
// Layout: batch-last (see PatternProduct).
// Loop order: tile of up to 64 pixels → four input channels → four output channels → tap → pixel. The sums of 4 × 4 weights stay in registers over the
// tile's pixels: 8 loads feed 16 multiply-adds, and all of a tile's 8 planes stay in the L1 cache over the taps. Machines with sixteen registers hold
// 4 output × 2 input channels. Pixels that a tap takes to the padding are left out (30 % of the products of a 3×3 kernel on 4×4 pixels, 4 % on 32×32).
//
// Bound: the arithmetic, 8 cycles for each pixel's 16 multiply-adds of 512 bits; the reductions over the lanes, some 70 operations for 16 weights, add
// about 6 % on full tiles.
//
// Order of each sum, whatever the width: in one tile, each of the sixteen lanes sums block by block and pixel by pixel in raster order in one chain; the
// lanes are added by the tree of ILanes.Fold; the tiles are added in ascending order, all tiles of the first blocks before those of the next.
internal static unsafe class DenseGradient
{
    /// <summary>Output channels whose sums stand side by side.</summary>
    public const int RowsPerBlock = 4;

    /// <summary>Adds the gradients of all weights of the given rows over all tiles and blocks to <paramref name="sums"/>.</summary>
    /// <typeparam name="TVector">Machine vector.</typeparam>
    /// <typeparam name="TLanes">Its arithmetic.</typeparam>
    /// <param name="tiles">The pixels.</param>
    /// <param name="rows">Output channels.</param>
    /// <param name="rowOffsets">Where each output channel starts, in floats from the start of a block.</param>
    /// <param name="channels">Input channels.</param>
    /// <param name="channelStride">Floats from one input channel to the next.</param>
    /// <param name="sums">For each four rows, for each weight of a row (channel, then tap), four sums: weight j of row r at 4·(r/4·fanIn + j) + r mod 4.</param>
    /// <param name="blocks">Blocks of sixteen images.</param>
    /// <param name="input">The layer's input, from the first channel that the rows read.</param>
    /// <param name="output">The output's gradient.</param>
    public static void Run<TVector, TLanes>(
        GradientTiles tiles, int rows, int* rowOffsets, int channels, nint channelStride, float* sums, int blocks, TensorBlocks input, TensorBlocks output)
        where TVector : struct
        where TLanes : ILanes<TVector>
    {
        float* parts = stackalloc float[4 * 16];
        bool isWide = TLanes.HasManyRegisters || AdvSimd.Arm64.IsSupported;
        int taps = tiles.Taps;
        nint blockSums = (nint)RowsPerBlock * channels * taps;
        for (int firstBlock = 0; firstBlock < blocks; firstBlock += tiles.TileBlocks)
        {
            for (int tile = 0; tile < tiles.Count; tile++)
            {
                GradientTile place = tiles.Tiles[tile];
                var patch = new Patch
                {
                    Parts = parts,
                    Blocks = Math.Min(tiles.TileBlocks, blocks - firstBlock),
                    InputStride = (nint)input.Stride,
                    OutputStride = (nint)output.Stride,
                };
                float* tileInput = input.First + (firstBlock * input.Stride) + place.InputOrigin;
                float* tileOutput = output.First + (firstBlock * output.Stride) + place.OutputOrigin;
                for (int channel = 0; channel < channels; channel += 4)
                {
                    patch.Input = tileInput + (channel * channelStride);
                    patch.Channels = Math.Min(4, channels - channel);
                    patch.Channel1 = Math.Min(1, patch.Channels - 1) * channelStride;
                    patch.Channel2 = Math.Min(2, patch.Channels - 1) * channelStride;
                    patch.Channel3 = Math.Min(3, patch.Channels - 1) * channelStride;
                    for (int row = 0; row < rows; row += RowsPerBlock)
                    {
                        patch.Output = tileOutput + rowOffsets[row];
                        patch.Row1 = rowOffsets[Math.Min(row + 1, rows - 1)] - rowOffsets[row];
                        patch.Row2 = rowOffsets[Math.Min(row + 2, rows - 1)] - rowOffsets[row];
                        patch.Row3 = rowOffsets[Math.Min(row + 3, rows - 1)] - rowOffsets[row];
                        float* patchSums = sums + (row / RowsPerBlock * blockSums) + ((nint)RowsPerBlock * channel * taps);
                        for (int tap = 0; tap < taps; tap++)
                        {
                            TapPixels pixels = tiles.TapPixels[place.FirstTap + tap];
                            PixelPair* pairs = tiles.Pairs + pixels.Start;
                            if (pixels.Count == 0)
                                continue;
                            if (isWide)
                                Sixteen<TVector, TLanes>(patch, pairs, pairs + pixels.Count, patchSums + (RowsPerBlock * tap), RowsPerBlock * taps);
                            else
                                Eights<TVector, TLanes>(patch, pairs, pairs + pixels.Count, patchSums + (RowsPerBlock * tap), RowsPerBlock * taps);
                        }
                    }
                }
            }
        }
    }

    // Four rows × four channels under one tap.
    private static void Sixteen<TVector, TLanes>(in Patch patch, PixelPair* first, PixelPair* end, float* sums, nint channelSums)
        where TVector : struct
        where TLanes : ILanes<TVector>
    {
        // One part has its sums at hand; several wait in memory for the last.
        float* parts = patch.Parts;
        for (int part = 0; part < Geometry.Lanes; part += TLanes.Width)
        {
            TVector s00, s01, s02, s03, s10, s11, s12, s13, s20, s21, s22, s23, s30, s31, s32, s33;
            s00 = s01 = s02 = s03 = s10 = s11 = s12 = s13 = s20 = s21 = s22 = s23 = s30 = s31 = s32 = s33 = TLanes.Zero;
            float* inputBlock = patch.Input + part;
            float* outputBlock = patch.Output + part;
            nint channel1 = patch.Channel1, channel2 = patch.Channel2, channel3 = patch.Channel3;
            nint row1 = patch.Row1, row2 = patch.Row2, row3 = patch.Row3;
            for (int block = 0; block < patch.Blocks; block++)
            {
                for (PixelPair* pair = first; pair < end; pair++)
                {
                    float* x = inputBlock + pair->Input;
                    float* y = outputBlock + pair->Output;
                    TVector x0 = TLanes.Load(x);
                    TVector x1 = TLanes.Load(x + channel1);
                    TVector x2 = TLanes.Load(x + channel2);
                    TVector x3 = TLanes.Load(x + channel3);
                    TVector g = TLanes.Load(y);
                    s00 = TLanes.MultiplyAdd(x0, g, s00);
                    s01 = TLanes.MultiplyAdd(x1, g, s01);
                    s02 = TLanes.MultiplyAdd(x2, g, s02);
                    s03 = TLanes.MultiplyAdd(x3, g, s03);
                    g = TLanes.Load(y + row1);
                    s10 = TLanes.MultiplyAdd(x0, g, s10);
                    s11 = TLanes.MultiplyAdd(x1, g, s11);
                    s12 = TLanes.MultiplyAdd(x2, g, s12);
                    s13 = TLanes.MultiplyAdd(x3, g, s13);
                    g = TLanes.Load(y + row2);
                    s20 = TLanes.MultiplyAdd(x0, g, s20);
                    s21 = TLanes.MultiplyAdd(x1, g, s21);
                    s22 = TLanes.MultiplyAdd(x2, g, s22);
                    s23 = TLanes.MultiplyAdd(x3, g, s23);
                    g = TLanes.Load(y + row3);
                    s30 = TLanes.MultiplyAdd(x0, g, s30);
                    s31 = TLanes.MultiplyAdd(x1, g, s31);
                    s32 = TLanes.MultiplyAdd(x2, g, s32);
                    s33 = TLanes.MultiplyAdd(x3, g, s33);
                }

                inputBlock += patch.InputStride;
                outputBlock += patch.OutputStride;
            }

            if (TLanes.Width == Geometry.Lanes)
            {
                Add(TLanes.Fold(s00, s10, s20, s30), sums);
                if (patch.Channels > 1)
                    Add(TLanes.Fold(s01, s11, s21, s31), sums + channelSums);
                if (patch.Channels > 2)
                    Add(TLanes.Fold(s02, s12, s22, s32), sums + (2 * channelSums));
                if (patch.Channels > 3)
                    Add(TLanes.Fold(s03, s13, s23, s33), sums + (3 * channelSums));
                return;
            }

            float* to = parts + (part / TLanes.Width * 16);
            TLanes.Fold(s00, s10, s20, s30).Store(to);
            TLanes.Fold(s01, s11, s21, s31).Store(to + 4);
            TLanes.Fold(s02, s12, s22, s32).Store(to + 8);
            TLanes.Fold(s03, s13, s23, s33).Store(to + 12);
        }

        for (int channel = 0; channel < patch.Channels; channel++)
            AddParts<TLanes, TVector>(parts + (4 * channel), 16, sums + (channel * channelSums));
    }

    // The same as two times four rows × two channels.
    private static void Eights<TVector, TLanes>(in Patch patch, PixelPair* first, PixelPair* end, float* sums, nint channelSums)
        where TVector : struct
        where TLanes : ILanes<TVector>
    {
        float* parts = patch.Parts;
        for (int channel = 0; channel < patch.Channels; channel += 2)
        {
            nint channelA = channel == 0 ? 0 : patch.Channel2;
            nint channelB = channel == 0 ? patch.Channel1 : patch.Channel3;
            for (int part = 0; part < Geometry.Lanes; part += TLanes.Width)
            {
                TVector s00, s01, s10, s11, s20, s21, s30, s31;
                s00 = s01 = s10 = s11 = s20 = s21 = s30 = s31 = TLanes.Zero;
                float* inputBlock = patch.Input + part;
                float* outputBlock = patch.Output + part;
                nint row1 = patch.Row1, row2 = patch.Row2, row3 = patch.Row3;
                for (int block = 0; block < patch.Blocks; block++)
                {
                    for (PixelPair* pair = first; pair < end; pair++)
                    {
                        float* x = inputBlock + pair->Input;
                        float* y = outputBlock + pair->Output;
                        TVector x0 = TLanes.Load(x + channelA);
                        TVector x1 = TLanes.Load(x + channelB);
                        TVector g = TLanes.Load(y);
                        s00 = TLanes.MultiplyAdd(x0, g, s00);
                        s01 = TLanes.MultiplyAdd(x1, g, s01);
                        g = TLanes.Load(y + row1);
                        s10 = TLanes.MultiplyAdd(x0, g, s10);
                        s11 = TLanes.MultiplyAdd(x1, g, s11);
                        g = TLanes.Load(y + row2);
                        s20 = TLanes.MultiplyAdd(x0, g, s20);
                        s21 = TLanes.MultiplyAdd(x1, g, s21);
                        g = TLanes.Load(y + row3);
                        s30 = TLanes.MultiplyAdd(x0, g, s30);
                        s31 = TLanes.MultiplyAdd(x1, g, s31);
                    }

                    inputBlock += patch.InputStride;
                    outputBlock += patch.OutputStride;
                }

                float* to = parts + (part / TLanes.Width * 8);
                TLanes.Fold(s00, s10, s20, s30).Store(to);
                TLanes.Fold(s01, s11, s21, s31).Store(to + 4);
            }

            AddParts<TLanes, TVector>(parts, 8, sums + (channel * channelSums));
            if (channel + 1 < patch.Channels)
                AddParts<TLanes, TVector>(parts + 4, 8, sums + ((channel + 1) * channelSums));
        }
    }

    // The upper part of the reduction tree, over the parts of the lanes, for four rows; then the addition to the tiles before.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddParts<TLanes, TVector>(float* parts, nint stride, float* sums)
        where TVector : struct
        where TLanes : ILanes<TVector>
    {
        Vector128<float> sum = Vector128.Load(parts);
        if (TLanes.Width < 16)
            sum += Vector128.Load(parts + stride);
        if (TLanes.Width < 8)
            sum += Vector128.Load(parts + (2 * stride)) + Vector128.Load(parts + (3 * stride));
        Add(sum, sums);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(Vector128<float> sum, float* sums) => (Vector128.Load(sums) + sum).Store(sums);

    // Four output and four input channels of one tile. Channels that a last patch lacks repeat its last one and are not used.
    private ref struct Patch
    {
        public float* Input, Output, Parts;
        public nint Channel1, Channel2, Channel3, Row1, Row2, Row3;
        public nint InputStride, OutputStride;
        public int Blocks, Channels;
    }
}
