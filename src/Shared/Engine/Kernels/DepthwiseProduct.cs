using System.Runtime.CompilerServices;

namespace Federated.Engine.Kernels;

// Depthwise convolution with a 3×3 kernel: each channel's plane with its own nine weights, forward with stride 1 or 2, or the input gradient of stride 1,
// which is the same sum over the flipped kernel.
//
// Loop order: channel → block → part of the lanes → row → four pixels at a time → row of the kernel. Nine weights, four sums and the six (stride 2: nine)
// pixels that a row of the kernel reaches stay in registers, so that an output pixel costs 4.5 (6.75) loads instead of nine.
//
// Bound: nine multiply-adds a pixel at two a cycle. From beyond the L2 cache it is the memory: 64 bytes read and written a pixel.
//
// Order of each sum, whatever the width: starts at the bias, at zero or at the gradient already there, then the taps in ascending order, row by row, each by
// one fused multiply-add: with all weights kept the order and so the bits of PatternProduct. A pruned tap adds a zero.
internal static unsafe class DepthwiseProduct
{
    /// <summary>Computes all channels of all blocks.</summary>
    /// <typeparam name="TVector">Machine vector.</typeparam>
    /// <typeparam name="TLanes">Its arithmetic.</typeparam>
    /// <typeparam name="TStep">Stride.</typeparam>
    /// <typeparam name="TFlip">1: the first tap reads the first pixel; 2: the kernel is flipped and the first tap reads the last pixel.</typeparam>
    /// <param name="weights">Where the weights are.</param>
    /// <param name="values">The weights.</param>
    /// <param name="initial">One number a channel where its sums start, or null for zero.</param>
    /// <param name="accumulate">Sums start at what is written there; <paramref name="initial"/> is not used.</param>
    /// <param name="rows">Rows that are written.</param>
    /// <param name="columns">Columns that are written.</param>
    /// <param name="blocks">Blocks of sixteen images.</param>
    /// <param name="read">The maps that are read; their origin is the first pixel that the first sum reads.</param>
    /// <param name="written">The maps that are written.</param>
    public static void Run<TVector, TLanes, TStep, TFlip>(
        in DepthwiseTaps weights, float* values, float* initial, bool accumulate, int rows, int columns, int blocks, DepthwiseMaps read, DepthwiseMaps written)
        where TVector : struct
        where TLanes : ILanes<TVector>
        where TStep : IConstant
        where TFlip : IConstant
    {
        float* taps = stackalloc float[DepthwiseTaps.PerChannel];
        for (int channel = 0; channel < weights.Channels; channel++)
        {
            weights.Expand(values, channel, taps);
            TVector w0 = TLanes.Broadcast(taps[0]), w1 = TLanes.Broadcast(taps[1]), w2 = TLanes.Broadcast(taps[2]);
            TVector w3 = TLanes.Broadcast(taps[3]), w4 = TLanes.Broadcast(taps[4]), w5 = TLanes.Broadcast(taps[5]);
            TVector w6 = TLanes.Broadcast(taps[6]), w7 = TLanes.Broadcast(taps[7]), w8 = TLanes.Broadcast(taps[8]);
            TVector start = initial == null ? TLanes.Zero : TLanes.Broadcast(initial[channel]);
            for (int block = 0; block < blocks; block++)
            {
                for (nint part = 0; part < 16; part += TLanes.Width)
                {
                    float* firstRead = read.At(block, channel) + part;
                    float* firstWritten = written.At(block, channel) + part;
                    for (int row = 0; row < rows; row++)
                    {
                        float* top = firstRead + ((nint)row * TStep.Value * read.RowStride);
                        float* x0 = TFlip.Value == 1 ? top : top + (2 * (nint)read.RowStride);
                        float* x1 = top + read.RowStride;
                        float* x2 = TFlip.Value == 1 ? top + (2 * (nint)read.RowStride) : top;
                        float* y = firstWritten + ((nint)row * written.RowStride);
                        int column = 0;
                        for (; column + 4 <= columns; column += 4)
                        {
                            TVector s0, s1, s2, s3;
                            s0 = s1 = s2 = s3 = start;
                            if (accumulate)
                            {
                                s0 = TLanes.Load(y);
                                s1 = TLanes.Load(y + 16);
                                s2 = TLanes.Load(y + 32);
                                s3 = TLanes.Load(y + 48);
                            }

                            Four<TVector, TLanes, TStep, TFlip>(x0, w0, w1, w2, ref s0, ref s1, ref s2, ref s3);
                            Four<TVector, TLanes, TStep, TFlip>(x1, w3, w4, w5, ref s0, ref s1, ref s2, ref s3);
                            Four<TVector, TLanes, TStep, TFlip>(x2, w6, w7, w8, ref s0, ref s1, ref s2, ref s3);
                            TLanes.Store(s0, y);
                            TLanes.Store(s1, y + 16);
                            TLanes.Store(s2, y + 32);
                            TLanes.Store(s3, y + 48);
                            x0 += 64 * TStep.Value;
                            x1 += 64 * TStep.Value;
                            x2 += 64 * TStep.Value;
                            y += 64;
                        }

                        for (; column < columns; column++)
                        {
                            TVector s = accumulate ? TLanes.Load(y) : start;
                            One<TVector, TLanes, TFlip>(x0, w0, w1, w2, ref s);
                            One<TVector, TLanes, TFlip>(x1, w3, w4, w5, ref s);
                            One<TVector, TLanes, TFlip>(x2, w6, w7, w8, ref s);
                            TLanes.Store(s, y);
                            x0 += 16 * TStep.Value;
                            x1 += 16 * TStep.Value;
                            x2 += 16 * TStep.Value;
                            y += 16;
                        }
                    }
                }
            }
        }
    }

    // One row of the kernel for four pixels.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Four<TVector, TLanes, TStep, TFlip>(
        float* x, TVector first, TVector second, TVector third, ref TVector s0, ref TVector s1, ref TVector s2, ref TVector s3)
        where TVector : struct
        where TLanes : ILanes<TVector>
        where TStep : IConstant
        where TFlip : IConstant
    {
        TVector a = TFlip.Value == 1 ? first : third;
        TVector c = TFlip.Value == 1 ? third : first;
        TVector p0 = TLanes.Load(x), p1 = TLanes.Load(x + 16), p2 = TLanes.Load(x + 32), p3 = TLanes.Load(x + 48), p4 = TLanes.Load(x + 64), p5 = TLanes.Load(x + 80);
        if (TStep.Value == 1)
        {
            Sum<TVector, TLanes, TFlip>(p0, p1, p2, a, second, c, ref s0);
            Sum<TVector, TLanes, TFlip>(p1, p2, p3, a, second, c, ref s1);
            Sum<TVector, TLanes, TFlip>(p2, p3, p4, a, second, c, ref s2);
            Sum<TVector, TLanes, TFlip>(p3, p4, p5, a, second, c, ref s3);
        }
        else
        {
            Sum<TVector, TLanes, TFlip>(p0, p1, p2, a, second, c, ref s0);
            Sum<TVector, TLanes, TFlip>(p2, p3, p4, a, second, c, ref s1);
            TVector p6 = TLanes.Load(x + 96);
            Sum<TVector, TLanes, TFlip>(p4, p5, p6, a, second, c, ref s2);
            Sum<TVector, TLanes, TFlip>(p6, TLanes.Load(x + 112), TLanes.Load(x + 128), a, second, c, ref s3);
        }
    }

    // One row of the kernel for one pixel.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void One<TVector, TLanes, TFlip>(float* x, TVector first, TVector second, TVector third, ref TVector s)
        where TVector : struct
        where TLanes : ILanes<TVector>
        where TFlip : IConstant
        => Sum<TVector, TLanes, TFlip>(
            TLanes.Load(x), TLanes.Load(x + 16), TLanes.Load(x + 32), TFlip.Value == 1 ? first : third, second, TFlip.Value == 1 ? third : first, ref s);

    // Three pixels times the weights that they meet, in ascending order of the taps.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Sum<TVector, TLanes, TFlip>(TVector p0, TVector p1, TVector p2, TVector a, TVector b, TVector c, ref TVector s)
        where TVector : struct
        where TLanes : ILanes<TVector>
        where TFlip : IConstant
        => s = TFlip.Value == 1
            ? TLanes.MultiplyAdd(p2, c, TLanes.MultiplyAdd(p1, b, TLanes.MultiplyAdd(p0, a, s)))
            : TLanes.MultiplyAdd(p0, a, TLanes.MultiplyAdd(p1, b, TLanes.MultiplyAdd(p2, c, s)));
}
