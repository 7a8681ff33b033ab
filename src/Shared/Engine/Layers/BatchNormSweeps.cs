using System.Runtime.Intrinsics;
using Federated.Engine.Tensors;

namespace Federated.Engine.Layers;

/// <summary>
/// The sweeps of batch normalisation over one channel. The channel of all blocks fits the second-level cache (296 KB at 32×32 pixels and batch 64), so
/// only the first sweep waits for memory. Sums run in four float accumulators over at most <see cref="ChunkPixels"/> pixels, then in double lanes.
/// </summary>
internal readonly unsafe ref struct BatchNormSweeps(int height, int width, int count)
{
    /// <summary>Pixels that are summed in single precision before the sum is widened: an error of about four rounding steps per accumulator and lane.</summary>
    private const int ChunkPixels = 64;

    private readonly int blocks = Geometry.BlocksFor(count);
    private readonly int chunkRows = Math.Max(1, ChunkPixels / width);
    private readonly int rowFloats = width * Geometry.Lanes;

    /// <summary>Sum of the channel's values.</summary>
    public double Sum(Plane input)
    {
        Vector512<double> low = Vector512<double>.Zero, high = Vector512<double>.Zero;
        for (int block = 0; block < blocks; block++)
        {
            Vector512<float> live = LaneVectors.Live(count, block);
            for (int chunk = 0; chunk < height; chunk += chunkRows)
            {
                Vector512<float> a = Vector512<float>.Zero, b = a, c = a, d = a;
                for (int row = chunk; row < Math.Min(height, chunk + chunkRows); row++)
                {
                    float* z = input.Row(block, row);
                    int x = 0;
                    for (; x <= rowFloats - (4 * Geometry.Lanes); x += 4 * Geometry.Lanes)
                    {
                        a += Vector512.Load(z + x);
                        b += Vector512.Load(z + x + 16);
                        c += Vector512.Load(z + x + 32);
                        d += Vector512.Load(z + x + 48);
                    }

                    for (; x < rowFloats; x += Geometry.Lanes)
                        a += Vector512.Load(z + x);
                }

                LaneVectors.Accumulate(((a + b) + (c + d)) & live, ref low, ref high);
            }
        }

        return LaneVectors.Sum(low, high);
    }

    /// <summary>Sum of the squared distances of the channel's values from <paramref name="mean"/>.</summary>
    public double CentredSquares(Plane input, float mean)
    {
        Vector512<float> centre = Vector512.Create(mean);
        Vector512<double> low = Vector512<double>.Zero, high = Vector512<double>.Zero;
        for (int block = 0; block < blocks; block++)
        {
            Vector512<float> live = LaneVectors.Live(count, block);
            for (int chunk = 0; chunk < height; chunk += chunkRows)
            {
                Vector512<float> a = Vector512<float>.Zero, b = a, c = a, d = a;
                for (int row = chunk; row < Math.Min(height, chunk + chunkRows); row++)
                {
                    float* z = input.Row(block, row);
                    int x = 0;
                    for (; x <= rowFloats - (4 * Geometry.Lanes); x += 4 * Geometry.Lanes)
                    {
                        Vector512<float> z0 = Vector512.Load(z + x) - centre, z1 = Vector512.Load(z + x + 16) - centre;
                        Vector512<float> z2 = Vector512.Load(z + x + 32) - centre, z3 = Vector512.Load(z + x + 48) - centre;
                        a = Vector512.FusedMultiplyAdd(z0, z0, a);
                        b = Vector512.FusedMultiplyAdd(z1, z1, b);
                        c = Vector512.FusedMultiplyAdd(z2, z2, c);
                        d = Vector512.FusedMultiplyAdd(z3, z3, d);
                    }

                    for (; x < rowFloats; x += Geometry.Lanes)
                    {
                        Vector512<float> z0 = Vector512.Load(z + x) - centre;
                        a = Vector512.FusedMultiplyAdd(z0, z0, a);
                    }
                }

                LaneVectors.Accumulate(((a + b) + (c + d)) & live, ref low, ref high);
            }
        }

        return LaneVectors.Sum(low, high);
    }

    /// <summary>output = relu((input − mean)·scale + shift + residual); the flags say whether there is a residual and a ReLU.</summary>
    public void Apply<TResidual, TRelu>(Plane input, Plane residual, Plane output, float mean, float scale, float shift)
        where TResidual : struct, IFlag
        where TRelu : struct, IFlag
    {
        Vector512<float> centre = Vector512.Create(mean), factor = Vector512.Create(scale), offset = Vector512.Create(shift);
        for (int block = 0; block < blocks; block++)
        {
            for (int row = 0; row < height; row++)
            {
                float* z = input.Row(block, row);
                float* r = residual.Row(block, row);
                float* y = output.Row(block, row);
                for (int x = 0; x < rowFloats; x += Geometry.Lanes)
                {
                    Vector512<float> value = Vector512.FusedMultiplyAdd(Vector512.Load(z + x) - centre, factor, offset);
                    if (TResidual.IsSet)
                        value += Vector512.Load(r + x);
                    if (TRelu.IsSet)
                        value = LaneVectors.Relu(value);
                    value.Store(y + x);
                }
            }
        }
    }

    /// <summary>
    /// Sums the output's gradient d, and d times (input − mean), after ReLU's mask. With a residual the mask is the sign of the output and the masked
    /// gradient is written (or added) to the residual's; without one the sign is recomputed from the input.
    /// </summary>
    public (double Sum, double CentredProduct) GradientSums<TResidual, TAdd, TRelu>(
        Plane input, Plane output, Plane gradient, Plane residualGradient, float mean, float scale, float shift)
        where TResidual : struct, IFlag
        where TAdd : struct, IFlag
        where TRelu : struct, IFlag
    {
        Vector512<float> centre = Vector512.Create(mean), factor = Vector512.Create(scale), offset = Vector512.Create(shift);
        Vector512<double> low = Vector512<double>.Zero, high = low, productLow = low, productHigh = low;
        for (int block = 0; block < blocks; block++)
        {
            Vector512<float> live = LaneVectors.Live(count, block);
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
                        Vector512<float> z0 = Vector512.Load(z + x) - centre, z1 = Vector512.Load(z + x + 16) - centre;
                        Vector512<float> d0 = Masked<TResidual, TRelu>(z0, y + x, g + x, factor, offset);
                        Vector512<float> d1 = Masked<TResidual, TRelu>(z1, y + x + 16, g + x + 16, factor, offset);
                        if (TResidual.IsSet)
                        {
                            (TAdd.IsSet ? Vector512.Load(r + x) + d0 : d0).Store(r + x);
                            (TAdd.IsSet ? Vector512.Load(r + x + 16) + d1 : d1).Store(r + x + 16);
                        }

                        sum += d0;
                        oddSum += d1;
                        product = Vector512.FusedMultiplyAdd(d0, z0, product);
                        oddProduct = Vector512.FusedMultiplyAdd(d1, z1, oddProduct);
                    }

                    if (x < rowFloats)
                    {
                        Vector512<float> z0 = Vector512.Load(z + x) - centre;
                        Vector512<float> d0 = Masked<TResidual, TRelu>(z0, y + x, g + x, factor, offset);
                        if (TResidual.IsSet)
                            (TAdd.IsSet ? Vector512.Load(r + x) + d0 : d0).Store(r + x);
                        sum += d0;
                        product = Vector512.FusedMultiplyAdd(d0, z0, product);
                    }
                }

                LaneVectors.Accumulate((sum + oddSum) & live, ref low, ref high);
                LaneVectors.Accumulate((product + oddProduct) & live, ref productLow, ref productHigh);
            }
        }

        return (LaneVectors.Sum(low, high), LaneVectors.Sum(productLow, productHigh));
    }

    /// <summary>
    /// Writes (or adds) the input's gradient: d·<paramref name="gradientFactor"/> + (input − mean)·<paramref name="inputFactor"/> + <paramref name="constant"/>,
    /// exactly zero in lanes without image. <paramref name="gradient"/> may be the same memory as <paramref name="inputGradient"/>.
    /// </summary>
    public void InputGradient<TResidual, TRelu, TAdd>(
        Plane input, Plane output, Plane gradient, Plane inputGradient, float mean, float scale, float shift, float gradientFactor, float inputFactor, float constant)
        where TResidual : struct, IFlag
        where TRelu : struct, IFlag
        where TAdd : struct, IFlag
    {
        Vector512<float> centre = Vector512.Create(mean), factor = Vector512.Create(scale), offset = Vector512.Create(shift);
        Vector512<float> ofGradient = Vector512.Create(gradientFactor), ofInput = Vector512.Create(inputFactor), always = Vector512.Create(constant);
        for (int block = 0; block < blocks; block++)
        {
            Vector512<float> live = LaneVectors.Live(count, block);
            for (int row = 0; row < height; row++)
            {
                float* z = input.Row(block, row);
                float* y = output.Row(block, row);
                float* g = gradient.Row(block, row);
                float* to = inputGradient.Row(block, row);
                for (int x = 0; x < rowFloats; x += Geometry.Lanes)
                {
                    Vector512<float> centred = Vector512.Load(z + x) - centre;
                    Vector512<float> d = Masked<TResidual, TRelu>(centred, y + x, g + x, factor, offset);
                    Vector512<float> value = Vector512.FusedMultiplyAdd(d, ofGradient, Vector512.FusedMultiplyAdd(centred, ofInput, always)) & live;
                    if (TAdd.IsSet)
                        value += Vector512.Load(to + x);
                    value.Store(to + x);
                }
            }
        }
    }

    private static Vector512<float> Masked<TResidual, TRelu>(
        Vector512<float> centred, float* output, float* gradient, Vector512<float> factor, Vector512<float> offset)
        where TResidual : struct, IFlag
        where TRelu : struct, IFlag
    {
        Vector512<float> d = Vector512.Load(gradient);
        if (!TRelu.IsSet)
            return d;
        return LaneVectors.WherePositive(TResidual.IsSet ? Vector512.Load(output) : Vector512.FusedMultiplyAdd(centred, factor, offset), d);
    }
}
