namespace Federated.Engine.Kernels;

// Input gradient of a depthwise convolution with a 3×3 kernel, stride 2 and padding 1. A pixel of the output's gradient at (a, b) and its neighbours to
// the right and below reach the four input pixels (2a, 2b)…(2a + 1, 2b + 1) through 1, 2, 2 and 4 of the nine weights.
//
// Loop order: channel → block → part of the lanes → row a → column b. Each pixel of the gradient is read four times from the L1 cache, each pixel of the
// input's gradient is written once: 2.25 multiply-adds for 64 bytes, so it runs at the bandwidth of the memory that it writes.
//
// Order of each sum, whatever the width: starts at zero or at the gradient already there, then the taps in ascending order, each by one fused
// multiply-add: with all weights kept the order and so the bits of PatternProduct.
internal static unsafe class DepthwiseSpread
{
    /// <summary>Computes all channels of all blocks.</summary>
    /// <typeparam name="TVector">Machine vector.</typeparam>
    /// <typeparam name="TLanes">Its arithmetic.</typeparam>
    /// <param name="weights">Where the weights are.</param>
    /// <param name="values">The weights.</param>
    /// <param name="accumulate">Sums start at what is written there.</param>
    /// <param name="rows">Rows of the input.</param>
    /// <param name="columns">Columns of the input.</param>
    /// <param name="blocks">Blocks of sixteen images.</param>
    /// <param name="read">The output's gradient; its origin is the first pixel inside the border.</param>
    /// <param name="written">The input's gradient; its origin is the first pixel inside the border.</param>
    public static void Run<TVector, TLanes>(
        in DepthwiseTaps weights, float* values, bool accumulate, int rows, int columns, int blocks, DepthwiseMaps read, DepthwiseMaps written)
        where TVector : struct
        where TLanes : ILanes<TVector>
    {
        float* taps = stackalloc float[DepthwiseTaps.PerChannel];
        for (int channel = 0; channel < weights.Channels; channel++)
        {
            weights.Expand(values, channel, taps);
            TVector w0 = TLanes.Broadcast(taps[0]), w1 = TLanes.Broadcast(taps[1]), w2 = TLanes.Broadcast(taps[2]);
            TVector w3 = TLanes.Broadcast(taps[3]), w4 = TLanes.Broadcast(taps[4]), w5 = TLanes.Broadcast(taps[5]);
            TVector w6 = TLanes.Broadcast(taps[6]), w7 = TLanes.Broadcast(taps[7]), w8 = TLanes.Broadcast(taps[8]);
            for (int block = 0; block < blocks; block++)
            {
                for (nint part = 0; part < 16; part += TLanes.Width)
                {
                    for (int row = 0; row < rows; row += 2)
                    {
                        float* g = read.At(block, channel) + part + ((nint)(row / 2) * read.RowStride);
                        float* below = g + read.RowStride;
                        float* even = written.At(block, channel) + part + ((nint)row * written.RowStride);
                        float* odd = even + written.RowStride;
                        for (int column = 0; column < columns; column += 2)
                        {
                            bool hasRight = column + 1 < columns;
                            TVector g00 = TLanes.Load(g), g01 = TLanes.Load(g + 16);
                            TVector start = accumulate ? TLanes.Load(even) : TLanes.Zero;
                            TLanes.Store(TLanes.MultiplyAdd(g00, w4, start), even);
                            if (hasRight)
                            {
                                start = accumulate ? TLanes.Load(even + 16) : TLanes.Zero;
                                TLanes.Store(TLanes.MultiplyAdd(g00, w5, TLanes.MultiplyAdd(g01, w3, start)), even + 16);
                            }

                            if (row + 1 < rows)
                            {
                                TVector g10 = TLanes.Load(below), g11 = TLanes.Load(below + 16);
                                start = accumulate ? TLanes.Load(odd) : TLanes.Zero;
                                TLanes.Store(TLanes.MultiplyAdd(g00, w7, TLanes.MultiplyAdd(g10, w1, start)), odd);
                                if (hasRight)
                                {
                                    start = accumulate ? TLanes.Load(odd + 16) : TLanes.Zero;
                                    TVector sum = TLanes.MultiplyAdd(g10, w2, TLanes.MultiplyAdd(g11, w0, start));
                                    TLanes.Store(TLanes.MultiplyAdd(g00, w8, TLanes.MultiplyAdd(g01, w6, sum)), odd + 16);
                                }
                            }

                            g += 16;
                            below += 16;
                            even += 32;
                            odd += 32;
                        }
                    }
                }
            }
        }
    }
}
