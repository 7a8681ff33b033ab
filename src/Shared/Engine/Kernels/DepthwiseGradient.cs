using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Federated.Engine.Tensors;

namespace Federated.Engine.Kernels;

// Gradient of the loss with respect to the weights of a depthwise convolution with a 3×3 kernel.
//
// Loop order: channel → block → part of the lanes → row → four pixels at a time → row of the kernel. The nine sums stay in registers over a whole plane, so
// that the lanes are added once a channel.
//
// Bound: nine multiply-adds a pixel at two a cycle. From beyond the L2 cache it is the memory: 128 bytes a pixel.
//
// Order of each sum, whatever the width: each of the sixteen lanes sums one block's pixels in raster order in one chain; the blocks' sums are added in
// ascending order; then the tree of ILanes.Fold over the lanes.
internal static unsafe class DepthwiseGradient
{
    /// <summary>Adds the gradients of all kept weights over all blocks to <paramref name="gradients"/>.</summary>
    /// <typeparam name="TVector">Machine vector.</typeparam>
    /// <typeparam name="TLanes">Its arithmetic.</typeparam>
    /// <typeparam name="TStep">Stride.</typeparam>
    /// <param name="weights">Where the weights are.</param>
    /// <param name="gradients">One number a kept weight.</param>
    /// <param name="rows">Rows of the output.</param>
    /// <param name="columns">Columns of the output.</param>
    /// <param name="blocks">Blocks of sixteen images.</param>
    /// <param name="input">The input; its origin is the first pixel that the first output reads.</param>
    /// <param name="output">The output's gradient.</param>
    public static void Run<TVector, TLanes, TStep>(
        in DepthwiseTaps weights, float* gradients, int rows, int columns, int blocks, DepthwiseMaps input, DepthwiseMaps output)
        where TVector : struct
        where TLanes : ILanes<TVector>
        where TStep : IConstant
    {
        float* sums = stackalloc float[12 * Geometry.Lanes];
        float* taps = stackalloc float[12];
        new Span<float>(sums, 12 * Geometry.Lanes).Clear();
        for (int channel = 0; channel < weights.Channels; channel++)
        {
            for (int block = 0; block < blocks; block++)
            {
                for (nint part = 0; part < 16; part += TLanes.Width)
                {
                    float* firstInput = input.At(block, channel) + part;
                    float* firstOutput = output.At(block, channel) + part;
                    TVector s0, s1, s2, s3, s4, s5, s6, s7, s8;
                    s0 = s1 = s2 = s3 = s4 = s5 = s6 = s7 = s8 = TLanes.Zero;
                    for (int row = 0; row < rows; row++)
                    {
                        float* x0 = firstInput + ((nint)row * TStep.Value * input.RowStride);
                        float* x1 = x0 + input.RowStride;
                        float* x2 = x1 + input.RowStride;
                        float* y = firstOutput + ((nint)row * output.RowStride);
                        int column = 0;
                        for (; column + 4 <= columns; column += 4)
                        {
                            TVector g0 = TLanes.Load(y), g1 = TLanes.Load(y + 16), g2 = TLanes.Load(y + 32), g3 = TLanes.Load(y + 48);
                            Four<TVector, TLanes, TStep>(x0, g0, g1, g2, g3, ref s0, ref s1, ref s2);
                            Four<TVector, TLanes, TStep>(x1, g0, g1, g2, g3, ref s3, ref s4, ref s5);
                            Four<TVector, TLanes, TStep>(x2, g0, g1, g2, g3, ref s6, ref s7, ref s8);
                            x0 += 64 * TStep.Value;
                            x1 += 64 * TStep.Value;
                            x2 += 64 * TStep.Value;
                            y += 64;
                        }

                        for (; column < columns; column++)
                        {
                            TVector g = TLanes.Load(y);
                            One<TVector, TLanes>(x0, g, ref s0, ref s1, ref s2);
                            One<TVector, TLanes>(x1, g, ref s3, ref s4, ref s5);
                            One<TVector, TLanes>(x2, g, ref s6, ref s7, ref s8);
                            x0 += 16 * TStep.Value;
                            x1 += 16 * TStep.Value;
                            x2 += 16 * TStep.Value;
                            y += 16;
                        }
                    }

                    float* sum = sums + part;
                    Add<TVector, TLanes>(sum, s0, s1, s2, isFirst: block == 0);
                    Add<TVector, TLanes>(sum + 48, s3, s4, s5, isFirst: block == 0);
                    Add<TVector, TLanes>(sum + 96, s6, s7, s8, isFirst: block == 0);
                }
            }

            // Four taps at once, always by the widest form of the tree: all forms give the same bits. The three taps after the ninth are not used.
            for (int tap = 0; tap < DepthwiseTaps.PerChannel; tap += 4)
            {
                float* sum = sums + (tap * Geometry.Lanes);
                Lanes512.Fold(Vector512.Load(sum), Vector512.Load(sum + 16), Vector512.Load(sum + 32), Vector512.Load(sum + 48)).Store(taps + tap);
            }

            weights.Add(taps, channel, gradients);
        }
    }

    // Four output gradients times the pixels that one row of the kernel meets.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Four<TVector, TLanes, TStep>(
        float* x, TVector g0, TVector g1, TVector g2, TVector g3, ref TVector s0, ref TVector s1, ref TVector s2)
        where TVector : struct
        where TLanes : ILanes<TVector>
        where TStep : IConstant
    {
        TVector p0 = TLanes.Load(x), p1 = TLanes.Load(x + 16), p2 = TLanes.Load(x + 32), p3 = TLanes.Load(x + 48), p4 = TLanes.Load(x + 64), p5 = TLanes.Load(x + 80);
        if (TStep.Value == 1)
        {
            s0 = TLanes.MultiplyAdd(p3, g3, TLanes.MultiplyAdd(p2, g2, TLanes.MultiplyAdd(p1, g1, TLanes.MultiplyAdd(p0, g0, s0))));
            s1 = TLanes.MultiplyAdd(p4, g3, TLanes.MultiplyAdd(p3, g2, TLanes.MultiplyAdd(p2, g1, TLanes.MultiplyAdd(p1, g0, s1))));
            s2 = TLanes.MultiplyAdd(p5, g3, TLanes.MultiplyAdd(p4, g2, TLanes.MultiplyAdd(p3, g1, TLanes.MultiplyAdd(p2, g0, s2))));
        }
        else
        {
            TVector p6 = TLanes.Load(x + 96);
            s0 = TLanes.MultiplyAdd(p6, g3, TLanes.MultiplyAdd(p4, g2, TLanes.MultiplyAdd(p2, g1, TLanes.MultiplyAdd(p0, g0, s0))));
            s1 = TLanes.MultiplyAdd(TLanes.Load(x + 112), g3, TLanes.MultiplyAdd(p5, g2, TLanes.MultiplyAdd(p3, g1, TLanes.MultiplyAdd(p1, g0, s1))));
            s2 = TLanes.MultiplyAdd(TLanes.Load(x + 128), g3, TLanes.MultiplyAdd(p6, g2, TLanes.MultiplyAdd(p4, g1, TLanes.MultiplyAdd(p2, g0, s2))));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void One<TVector, TLanes>(float* x, TVector g, ref TVector s0, ref TVector s1, ref TVector s2)
        where TVector : struct
        where TLanes : ILanes<TVector>
    {
        s0 = TLanes.MultiplyAdd(TLanes.Load(x), g, s0);
        s1 = TLanes.MultiplyAdd(TLanes.Load(x + 16), g, s1);
        s2 = TLanes.MultiplyAdd(TLanes.Load(x + 32), g, s2);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add<TVector, TLanes>(float* sums, TVector s0, TVector s1, TVector s2, bool isFirst)
        where TVector : struct
        where TLanes : ILanes<TVector>
    {
        TLanes.Store(isFirst ? s0 : TLanes.Add(TLanes.Load(sums), s0), sums);
        TLanes.Store(isFirst ? s1 : TLanes.Add(TLanes.Load(sums + 16), s1), sums + 16);
        TLanes.Store(isFirst ? s2 : TLanes.Add(TLanes.Load(sums + 32), s2), sums + 32);
    }
}
