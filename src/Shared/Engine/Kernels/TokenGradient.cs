using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.Arm;

namespace Federated.Engine.Kernels;

// Weight gradient of a linear layer on tokens: for each output and input feature the sum over tokens and images of input × output gradient.
//
// Layout: batch-last, in which a feature's tokens of sixteen images stand one after the other: the output's gradient is read in place, number by number. The input is
// packed by the layer: sixteen images of a strip of tokens are the steps, and a step's features stand side by side (TileFeatures at a time), so that the sums are
// vectors of neighbouring features: nothing is added across lanes, which costs a fifth of the time where the lanes are images (DenseGradient).
// Loop order: tile of features → four output features → vectors of the tile → step. 4 × 4 sums stay in registers: 4 vectors and 4 broadcasts feed 16 multiply-adds
// (4 × 2 where there are sixteen registers). A tile's packed strip, 32 KiB, stays in the L1 cache over the output features.
//
// Bound: the arithmetic. 16 multiply-adds of 512 bits take 8 cycles, their loads 4.
//
// Order of each sum, whatever the width: in a strip, token by token and image by image in one chain that starts at zero; the strips are added in ascending order.
internal static unsafe class TokenGradient
{
    /// <summary>Features that stand side by side in a packed strip.</summary>
    public const int TileFeatures = 64;

    /// <summary>Adds one strip's sums to the gradients, or writes them.</summary>
    /// <typeparam name="TVector">Machine vector.</typeparam>
    /// <typeparam name="TLanes">Its arithmetic.</typeparam>
    /// <param name="outer">The strip in the gradient of output feature 0.</param>
    /// <param name="outerStride">Floats from one output feature to the next.</param>
    /// <param name="rows">Output features.</param>
    /// <param name="packed">For each tile of features, for each of <paramref name="tileSteps"/> steps the features.</param>
    /// <param name="tileSteps">Steps for which each tile has room.</param>
    /// <param name="steps">Steps of this strip.</param>
    /// <param name="features">Input features.</param>
    /// <param name="gradients">For each output feature the gradients of its weights.</param>
    /// <param name="accumulate">Whether the sums are added to what is there.</param>
    public static void Run<TVector, TLanes>(
        float* outer, nint outerStride, int rows, float* packed, int tileSteps, int steps, int features, float* gradients, bool accumulate)
        where TVector : struct
        where TLanes : ILanes<TVector>
    {
        bool isWide = TLanes.HasManyRegisters || AdvSimd.Arm64.IsSupported;
        int vectors = isWide ? 4 : 2;
        float* sums = stackalloc float[4 * TileFeatures];
        for (int tile = 0; tile < features; tile += TileFeatures)
        {
            float* strip = packed + ((nint)tile * tileSteps);
            int end = Math.Min(features, tile + TileFeatures);
            for (int row = 0; row < rows; row += 4)
            {
                int count = Math.Min(4, rows - row);
                var place = new Place(outer + (row * outerStride), outerStride, count, steps);
                for (int first = 0; first < end - tile; first += vectors * TLanes.Width)
                {
                    if (isWide)
                        Multiply<TVector, TLanes, Four>(place, strip + first, sums + first);
                    else
                        Multiply<TVector, TLanes, Two>(place, strip + first, sums + first);
                }

                for (int i = 0; i < count; i++)
                    Add<TVector, TLanes>(sums + (i * TileFeatures), end - tile, gradients + ((nint)(row + i) * features) + tile, accumulate);
            }
        }
    }

    private static void Multiply<TVector, TLanes, TVectors>(in Place place, float* y, float* sums)
        where TVector : struct
        where TLanes : ILanes<TVector>
        where TVectors : IConstant
    {
        TVector s00, s01, s02, s03, s10, s11, s12, s13, s20, s21, s22, s23, s30, s31, s32, s33;
        s00 = s01 = s02 = s03 = s10 = s11 = s12 = s13 = s20 = s21 = s22 = s23 = s30 = s31 = s32 = s33 = TLanes.Zero;
        float* x = place.Outer;
        nint row1 = place.Row1, row2 = place.Row2, row3 = place.Row3;
        for (int left = place.Steps; left > 0; left--)
        {
            TVector y0 = TLanes.Load(y);
            TVector y1 = TLanes.Load(y + TLanes.Width);
            TVector y2 = TVectors.Value > 2 ? TLanes.Load(y + (2 * TLanes.Width)) : y0;
            TVector y3 = TVectors.Value > 3 ? TLanes.Load(y + (3 * TLanes.Width)) : y0;
            Row<TVector, TLanes, TVectors>(*x, y0, y1, y2, y3, ref s00, ref s01, ref s02, ref s03);
            Row<TVector, TLanes, TVectors>(x[row1], y0, y1, y2, y3, ref s10, ref s11, ref s12, ref s13);
            Row<TVector, TLanes, TVectors>(x[row2], y0, y1, y2, y3, ref s20, ref s21, ref s22, ref s23);
            Row<TVector, TLanes, TVectors>(x[row3], y0, y1, y2, y3, ref s30, ref s31, ref s32, ref s33);
            x++;
            y += TileFeatures;
        }

        Store<TVector, TLanes, TVectors>(sums, s00, s01, s02, s03);
        Store<TVector, TLanes, TVectors>(sums + TileFeatures, s10, s11, s12, s13);
        Store<TVector, TLanes, TVectors>(sums + (2 * TileFeatures), s20, s21, s22, s23);
        Store<TVector, TLanes, TVectors>(sums + (3 * TileFeatures), s30, s31, s32, s33);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Row<TVector, TLanes, TVectors>(
        float x, TVector y0, TVector y1, TVector y2, TVector y3, ref TVector s0, ref TVector s1, ref TVector s2, ref TVector s3)
        where TVector : struct
        where TLanes : ILanes<TVector>
        where TVectors : IConstant
    {
        TVector factor = TLanes.Broadcast(x);
        s0 = TLanes.MultiplyAdd(factor, y0, s0);
        s1 = TLanes.MultiplyAdd(factor, y1, s1);
        if (TVectors.Value > 2)
            s2 = TLanes.MultiplyAdd(factor, y2, s2);
        if (TVectors.Value > 3)
            s3 = TLanes.MultiplyAdd(factor, y3, s3);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store<TVector, TLanes, TVectors>(float* sums, TVector s0, TVector s1, TVector s2, TVector s3)
        where TVector : struct
        where TLanes : ILanes<TVector>
        where TVectors : IConstant
    {
        TLanes.Store(s0, sums);
        TLanes.Store(s1, sums + TLanes.Width);
        if (TVectors.Value > 2)
            TLanes.Store(s2, sums + (2 * TLanes.Width));
        if (TVectors.Value > 3)
            TLanes.Store(s3, sums + (3 * TLanes.Width));
    }

    // A tile's features of one row: whole vectors, then what is left of the row.
    private static void Add<TVector, TLanes>(float* sums, int count, float* gradients, bool isAdding)
        where TVector : struct
        where TLanes : ILanes<TVector>
    {
        int i = 0;
        for (; i <= count - TLanes.Width; i += TLanes.Width)
            TLanes.Store(isAdding ? TLanes.Add(TLanes.Load(gradients + i), TLanes.Load(sums + i)) : TLanes.Load(sums + i), gradients + i);
        for (; i < count; i++)
            gradients[i] = isAdding ? gradients[i] + sums[i] : sums[i];
    }

    // Four output features; those that a last group lacks repeat its last, and their sums are not used.
    private readonly ref struct Place(float* outer, nint stride, int rows, int steps)
    {
        public readonly float* Outer = outer;
        public readonly nint Row1 = Math.Min(1, rows - 1) * stride;
        public readonly nint Row2 = Math.Min(2, rows - 1) * stride;
        public readonly nint Row3 = Math.Min(3, rows - 1) * stride;
        public readonly int Steps = steps;
    }
}
