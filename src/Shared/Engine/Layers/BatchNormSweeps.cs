using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Federated.Engine.Kernels;
using Federated.Engine.Tensors;

namespace Federated.Engine.Layers;

/// <summary>
/// The sweeps of batch normalisation over one channel of one block: 64 KB at 32×32 pixels, so that a second sweep reads from the second-level cache. Sums
/// run in float accumulators over at most <see cref="ChunkPixels"/> pixels, then in double lanes.
/// </summary>
/// <param name="height">Rows of the map.</param>
/// <param name="width">Columns of the map.</param>
/// <param name="block">The block.</param>
/// <param name="count">Images in the batch: lanes beyond it take no part.</param>
internal readonly unsafe ref struct BatchNormSweeps(int height, int width, int block, int count)
{
    /// <summary>Pixels that are summed in single precision before the sum is widened: an error of about four rounding steps per accumulator and lane.</summary>
    private const int ChunkPixels = 64;

    // Shifted sums lose accuracy where the shift lies many deviations from the mean: the sum of squares around it is then mostly the square of that distance.
    // Beyond this share the squares are summed again around the mean itself.
    private const double LargestShare = 15.0 / 16;

    private readonly int chunkRows = Math.Max(1, ChunkPixels / width);
    private readonly int rowFloats = width * Geometry.Lanes;
    private readonly Vector512<float> live = LaneVectors.Live(count, block);

    /// <summary>
    /// Mean of the channel's values and sum of their squared distances from it. One sweep sums differences from the first pixel, each lane from its own; only
    /// where that pixel is an outlier a second one follows, so the result is as accurate as that of two sweeps at half the traffic.
    /// </summary>
    public (double Mean, double Squares) Moments(Plane input)
    {
        Vector512<float> centre = Vector512.Load(input.Row(block, 0)) & live;
        Vector512<double> low = Vector512<double>.Zero, high = low, squaresLow = low, squaresHigh = low;
        for (int chunk = 0; chunk < height; chunk += chunkRows)
        {
            Vector512<float> sum = Vector512<float>.Zero, oddSum = sum, square = sum, oddSquare = sum;
            for (int row = chunk; row < Math.Min(height, chunk + chunkRows); row++)
            {
                float* z = input.Row(block, row);
                int x = 0;
                for (; x <= rowFloats - (2 * Geometry.Lanes); x += 2 * Geometry.Lanes)
                {
                    Vector512<float> z0 = Vector512.Load(z + x) - centre, z1 = Vector512.Load(z + x + 16) - centre;
                    sum += z0;
                    oddSum += z1;
                    square = Vector512.FusedMultiplyAdd(z0, z0, square);
                    oddSquare = Vector512.FusedMultiplyAdd(z1, z1, oddSquare);
                }

                if (x < rowFloats)
                {
                    Vector512<float> z0 = Vector512.Load(z + x) - centre;
                    sum += z0;
                    square = Vector512.FusedMultiplyAdd(z0, z0, square);
                }
            }

            LaneVectors.Accumulate((sum + oddSum) & live, ref low, ref high);
            LaneVectors.Accumulate((square + oddSquare) & live, ref squaresLow, ref squaresHigh);
        }

        // Σ(z − c) and Σ(z − c)² of each lane around its own c; with n values a lane, Σz = n·c + Σ(z − c).
        double perLane = (double)height * width;
        double samples = perLane * Math.Min(Geometry.Lanes, count - (block * Geometry.Lanes));
        (Vector512<double> centreLow, Vector512<double> centreHigh) = Vector512.Widen(centre);
        double mean = LaneVectors.Sum(low + (centreLow * perLane), high + (centreHigh * perLane)) / samples;
        // Around the mean m: Σ(z − m)² = Σ(z − c)² + 2(c − m)·Σ(z − c) + n·(c − m)².
        Vector512<double> offsetLow = centreLow - Vector512.Create(mean), offsetHigh = centreHigh - Vector512.Create(mean);
        (Vector512<double> maskLow, Vector512<double> maskHigh) = Vector512.Widen(Vector512.Create(1f) & live);
        Vector512<double> correctionLow = ((low + low + (offsetLow * perLane)) * offsetLow) * maskLow;
        Vector512<double> correctionHigh = ((high + high + (offsetHigh * perLane)) * offsetHigh) * maskHigh;
        double around = LaneVectors.Sum(squaresLow, squaresHigh);
        double squares = around + LaneVectors.Sum(correctionLow, correctionHigh);
        return squares >= (1 - LargestShare) * around ? (mean, squares) : (mean, CentredSquares(input, mean, samples));
    }

    /// <summary>output = relu((input − mean)·scale + shift + residual); the flags say whether there is a residual and a ReLU.</summary>
    public void Apply<TResidual, TRelu>(Plane input, Plane residual, Plane output, float mean, float scale, float shift)
        where TResidual : struct, IFlag
        where TRelu : struct, IFlag
    {
        Vector512<float> centre = Vector512.Create(mean), factor = Vector512.Create(scale), offset = Vector512.Create(shift);
        for (int row = 0; row < height; row++)
        {
            float* z = input.Row(block, row);
            float* r = residual.Row(block, row);
            float* y = output.Row(block, row);
            for (int x = 0; x < rowFloats; x += Geometry.Lanes)
            {
                Prefetch.Sweep(z + x);
                if (TResidual.IsSet)
                    Prefetch.Sweep(r + x);
                Vector512<float> value = Vector512.FusedMultiplyAdd(Vector512.Load(z + x) - centre, factor, offset);
                if (TResidual.IsSet)
                    value += Vector512.Load(r + x);
                if (TRelu.IsSet)
                    value = LaneVectors.Relu(value);
                value.Store(y + x);
            }
        }
    }

    /// <summary>
    /// Sums the output's gradient d, and d times (input − mean), after ReLU's mask. With a residual the mask is the sign of the output, and the masked gradient
    /// replaces d and is written (or added) to the residual's where that is other memory; without one the sign is recomputed from the input, and with
    /// <typeparamref name="TStore"/> the output with it.
    /// </summary>
    public (double Sum, double CentredProduct) GradientSums<TRelu, TResidual, TPass, TAdd, TStore>(
        Plane input, Plane output, Plane gradient, Plane residualGradient, float mean, float scale, float shift)
        where TRelu : struct, IFlag
        where TResidual : struct, IFlag
        where TPass : struct, IFlag
        where TAdd : struct, IFlag
        where TStore : struct, IFlag
    {
        Vector512<float> centre = Vector512.Create(mean), factor = Vector512.Create(scale), offset = Vector512.Create(shift);
        Vector512<double> low = Vector512<double>.Zero, high = low, productLow = low, productHigh = low;
        for (int chunk = 0; chunk < height; chunk += chunkRows)
        {
            Vector512<float> sum = Vector512<float>.Zero, oddSum = sum, product = sum, oddProduct = sum;
            for (int row = chunk; row < Math.Min(height, chunk + chunkRows); row++)
            {
                float* z = input.Row(block, row);
                float* y = output.Row(block, row);
                float* g = gradient.Row(block, row);
                float* r = residualGradient.Row(block, row);
                int x = 0;
                for (; x <= rowFloats - (2 * Geometry.Lanes); x += 2 * Geometry.Lanes)
                {
                    Ahead<TRelu, TResidual>(z + x, y + x, g + x);
                    Ahead<TRelu, TResidual>(z + x + 16, y + x + 16, g + x + 16);
                    Vector512<float> z0 = Vector512.Load(z + x) - centre, z1 = Vector512.Load(z + x + 16) - centre;
                    Vector512<float> d0 = Masked<TRelu, TResidual, TStore>(z0, y + x, g + x, factor, offset);
                    Vector512<float> d1 = Masked<TRelu, TResidual, TStore>(z1, y + x + 16, g + x + 16, factor, offset);
                    Keep<TRelu, TResidual, TPass, TAdd>(d0, g + x, r + x);
                    Keep<TRelu, TResidual, TPass, TAdd>(d1, g + x + 16, r + x + 16);
                    sum += d0;
                    oddSum += d1;
                    product = Vector512.FusedMultiplyAdd(d0, z0, product);
                    oddProduct = Vector512.FusedMultiplyAdd(d1, z1, oddProduct);
                }

                if (x < rowFloats)
                {
                    Vector512<float> z0 = Vector512.Load(z + x) - centre;
                    Vector512<float> d0 = Masked<TRelu, TResidual, TStore>(z0, y + x, g + x, factor, offset);
                    Keep<TRelu, TResidual, TPass, TAdd>(d0, g + x, r + x);
                    sum += d0;
                    product = Vector512.FusedMultiplyAdd(d0, z0, product);
                }
            }

            LaneVectors.Accumulate((sum + oddSum) & live, ref low, ref high);
            LaneVectors.Accumulate((product + oddProduct) & live, ref productLow, ref productHigh);
        }

        return (LaneVectors.Sum(low, high), LaneVectors.Sum(productLow, productHigh));
    }

    /// <summary>
    /// Writes (or adds) the input's gradient: d·<paramref name="gradientFactor"/> + (input − mean)·<paramref name="inputFactor"/> + <paramref name="constant"/>,
    /// exactly zero in lanes without image. With <typeparamref name="TRelu"/> d is masked by the output's sign, recomputed from the input.
    /// </summary>
    public void InputGradient<TRelu, TAdd>(
        Plane input, Plane gradient, Plane inputGradient, float mean, float scale, float shift, float gradientFactor, float inputFactor, float constant)
        where TRelu : struct, IFlag
        where TAdd : struct, IFlag
    {
        Vector512<float> centre = Vector512.Create(mean), factor = Vector512.Create(scale), offset = Vector512.Create(shift);
        Vector512<float> ofGradient = Vector512.Create(gradientFactor), ofInput = Vector512.Create(inputFactor), always = Vector512.Create(constant);
        for (int row = 0; row < height; row++)
        {
            float* z = input.Row(block, row);
            float* g = gradient.Row(block, row);
            float* to = inputGradient.Row(block, row);
            for (int x = 0; x < rowFloats; x += Geometry.Lanes)
            {
                Prefetch.Sweep(z + x);
                Prefetch.Sweep(g + x);
                Vector512<float> centred = Vector512.Load(z + x) - centre;
                Vector512<float> d = Masked<TRelu, Off, Off>(centred, null, g + x, factor, offset);
                Vector512<float> value = Vector512.FusedMultiplyAdd(d, ofGradient, Vector512.FusedMultiplyAdd(centred, ofInput, always)) & live;
                if (TAdd.IsSet)
                    value += Vector512.Load(to + x);
                value.Store(to + x);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Ahead<TRelu, TResidual>(float* input, float* output, float* gradient)
        where TRelu : struct, IFlag
        where TResidual : struct, IFlag
    {
        Prefetch.Sweep(input);
        Prefetch.Sweep(gradient);
        if (TRelu.IsSet && TResidual.IsSet)
            Prefetch.Sweep(output);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Masked<TRelu, TResidual, TStore>(
        Vector512<float> centred, float* output, float* gradient, Vector512<float> factor, Vector512<float> offset)
        where TRelu : struct, IFlag
        where TResidual : struct, IFlag
        where TStore : struct, IFlag
    {
        Vector512<float> d = Vector512.Load(gradient);
        if (!TRelu.IsSet && !TStore.IsSet)
            return d;
        Vector512<float> value = TResidual.IsSet ? Vector512.Load(output) : Vector512.FusedMultiplyAdd(centred, factor, offset);
        if (TStore.IsSet)
            (TRelu.IsSet ? LaneVectors.Relu(value) : value).Store(output);
        return TRelu.IsSet ? LaneVectors.WherePositive(value, d) : d;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Keep<TRelu, TResidual, TPass, TAdd>(Vector512<float> masked, float* gradient, float* residualGradient)
        where TRelu : struct, IFlag
        where TResidual : struct, IFlag
        where TPass : struct, IFlag
        where TAdd : struct, IFlag
    {
        if (TRelu.IsSet && TResidual.IsSet)
            masked.Store(gradient);
        if (TPass.IsSet)
            (TAdd.IsSet ? Vector512.Load(residualGradient) + masked : masked).Store(residualGradient);
    }

    /// <summary>Sum of the squared distances of the channel's values from <paramref name="mean"/>.</summary>
    private double CentredSquares(Plane input, double mean, double samples)
    {
        // The distances are taken from the rounded mean; what that adds is known exactly.
        Vector512<float> centre = Vector512.Create((float)mean);
        double shift = mean - (float)mean;
        Vector512<double> low = Vector512<double>.Zero, high = low;
        for (int row = 0; row < height; row++)
        {
            float* z = input.Row(block, row);
            for (int x = 0; x < rowFloats; x += ChunkPixels * Geometry.Lanes)
            {
                Vector512<float> square = Vector512<float>.Zero;
                for (int i = x; i < Math.Min(rowFloats, x + (ChunkPixels * Geometry.Lanes)); i += Geometry.Lanes)
                {
                    Vector512<float> distance = Vector512.Load(z + i) - centre;
                    square = Vector512.FusedMultiplyAdd(distance, distance, square);
                }

                LaneVectors.Accumulate(square & live, ref low, ref high);
            }
        }

        return Math.Max(0, LaneVectors.Sum(low, high) - (samples * shift * shift));
    }
}
