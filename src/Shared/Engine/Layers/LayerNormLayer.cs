using System.Runtime.Intrinsics;
using Federated.Engine.Kernels;
using Federated.Engine.Networks;
using Federated.Engine.Parameters;
using Federated.Engine.Tensors;

namespace Federated.Engine.Layers;

/// <summary>
/// Layer normalisation (Ba et al. 2016) of tokens: mean and variance per image and position over all channels. An image is a lane, so nothing but the gradients of scale and
/// shift is summed over lanes. Mean and variance are found in two sweeps, in single precision over a few channels and in double over all. Tokens are taken in tiles, whose
/// channels stay in the cache from the first sweep to the last.
/// </summary>
/// <remarks>What is kept per token lies in unmanaged memory on cache lines: a managed array's vectors would straddle two lines each.</remarks>
internal sealed unsafe class LayerNormLayer : Layer, IDisposable
{
    private const double Epsilon = 1e-6;

    // 16 tokens of 192 channels are 196 kB: a share of the second-level cache that leaves room for the output.
    private const int TileTokens = 16;
    private const int SingleChannels = 32;

    private readonly LayerNormOperation operation;
    private readonly ActivationTensor input;
    private readonly ActivationTensor output;
    private readonly bool accumulate;
    private readonly int channels;

    // Mean and 1/√(variance + ε) of each block and position, for the backward pass.
    private readonly NativeBuffer<Vector512<float>> means;
    private readonly NativeBuffer<Vector512<float>> inverseDeviations;

    // Per thread: two sums a token of a tile over a few channels; then Σ d and Σ d·x̂ of each channel over the tokens of the block in work.
    private readonly NativeBuffer<Vector512<float>> singleSums;

    // Per thread: the tile's two sums a token over all channels, each in two halves.
    private readonly NativeBuffer<Vector512<double>> doubleSums;
    private readonly BlockSums scaleGradients;
    private readonly BlockSums shiftGradients;
    private int scaleOffset;
    private int shiftOffset;

    public LayerNormLayer(LayerNormOperation operation, ActivationTensor input, ActivationTensor output, bool accumulate, int maximumBlocks, int threads)
    {
        this.operation = operation;
        this.input = input;
        this.output = output;
        this.accumulate = accumulate;
        channels = input.Geometry.Channels;
        means = new NativeBuffer<Vector512<float>>((long)maximumBlocks * input.Geometry.Positions);
        inverseDeviations = new NativeBuffer<Vector512<float>>((long)maximumBlocks * input.Geometry.Positions);
        singleSums = new NativeBuffer<Vector512<float>>((long)threads * SingleSums);
        doubleSums = new NativeBuffer<Vector512<double>>(threads * 4L * TileTokens);
        scaleGradients = new BlockSums(maximumBlocks, channels);
        shiftGradients = new BlockSums(maximumBlocks, channels);
    }

    private int SingleSums => (2 * TileTokens) + (2 * channels);

    public override void MaskChanged(Mask mask)
    {
        scaleOffset = mask.CompactOffset(operation.Scale);
        shiftOffset = mask.CompactOffset(operation.Shift);
    }

    public override void Forward(ref StepContext step, BlockRange blocks)
    {
        Geometry geometry = input.Geometry;
        Plane from = input.DataPlane(in step, blocks, 0);
        Plane to = output.DataPlane(in step, blocks, 0);
        for (int block = blocks.First; block < blocks.End; block++)
        {
            for (int row = 0; row < geometry.Height; row++)
            {
                for (int first = 0; first < geometry.Width; first += TileTokens)
                {
                    int tokens = Math.Min(TileTokens, geometry.Width - first);
                    long slot = Slot(block, row, first);
                    float* x = from.Row(block, row) + (first * Geometry.Lanes);
                    Moments(in step, x, tokens, slot);
                    Apply(in step, x, to.Row(block, row) + (first * Geometry.Lanes), tokens, slot);
                }
            }
        }

        GC.KeepAlive(this);
    }

    public override void Backward(ref StepContext step, BlockRange blocks)
    {
        Geometry geometry = input.Geometry;
        Plane activations = input.DataPlane(in step, blocks, 0);
        Plane from = output.GradientPlane(in step, blocks, 0);
        Plane to = input.HasGradient ? input.GradientPlane(in step, blocks, 0) : default;
        Vector512<float>* sums = singleSums.Pointer + ((long)step.Thread * SingleSums) + (2 * TileTokens);
        for (int block = blocks.First; block < blocks.End; block++)
        {
            Vector512<float> live = LaneVectors.Live(step.Count, block);
            new Span<Vector512<float>>(sums, 2 * channels).Clear();
            for (int row = 0; row < geometry.Height; row++)
            {
                for (int first = 0; first < geometry.Width; first += TileTokens)
                {
                    int place = first * Geometry.Lanes;
                    Backward(
                        in step, activations.Row(block, row) + place, from.Row(block, row) + place, input.HasGradient ? to.Row(block, row) + place : null,
                        Math.Min(TileTokens, geometry.Width - first), Slot(block, row, first), sums, live);
                }
            }

            for (int c = 0; c < (GivesParameterGradients ? channels : 0); c++)
            {
                shiftGradients[block, c] = LaneVectors.Sum(sums[2 * c] & live);
                scaleGradients[block, c] = LaneVectors.Sum(sums[(2 * c) + 1] & live);
            }
        }

        GC.KeepAlive(this);
    }

    public override void FinishBackward(ref StepContext step)
    {
        if (!GivesParameterGradients)
            return;
        scaleGradients.Write(0, channels, step.Blocks, step.Gradients + scaleOffset);
        shiftGradients.Write(0, channels, step.Blocks, step.Gradients + shiftOffset);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        means.Dispose();
        inverseDeviations.Dispose();
        singleSums.Dispose();
        doubleSums.Dispose();
    }

    private long Slot(int block, int row, int column) => ((((long)block * input.Geometry.Height) + row) * input.Geometry.Width) + column;

    private void Moments(in StepContext step, float* x, int tokens, long slot)
    {
        int stride = input.Geometry.PlaneStride;
        Vector512<float>* moments = means.Pointer + slot, inverses = inverseDeviations.Pointer + slot;
        Vector512<float>* part = singleSums.Pointer + ((long)step.Thread * SingleSums);
        Vector512<double>* sums = doubleSums.Pointer + (step.Thread * 4L * TileTokens);
        new Span<Vector512<double>>(sums, 2 * tokens).Clear();
        for (int first = 0; first < channels; first += SingleChannels)
        {
            new Span<Vector512<float>>(part, tokens).Clear();
            for (int c = first; c < Math.Min(first + SingleChannels, channels); c++)
            {
                float* row = x + ((long)c * stride);
                for (int t = 0; t < tokens; t++)
                    part[t] += Vector512.Load(row + (t * Geometry.Lanes));
            }

            Accumulate(part, sums, tokens);
        }

        Vector512<double> samples = Vector512.Create((double)channels), one = Vector512.Create(1.0), epsilon = Vector512.Create(Epsilon);
        for (int t = 0; t < tokens; t++)
            moments[t] = Vector512.Narrow(sums[2 * t] / samples, sums[(2 * t) + 1] / samples);
        new Span<Vector512<double>>(sums, 2 * tokens).Clear();
        for (int first = 0; first < channels; first += SingleChannels)
        {
            new Span<Vector512<float>>(part, tokens).Clear();
            for (int c = first; c < Math.Min(first + SingleChannels, channels); c++)
            {
                float* row = x + ((long)c * stride);
                for (int t = 0; t < tokens; t++)
                {
                    Vector512<float> centred = Vector512.Load(row + (t * Geometry.Lanes)) - moments[t];
                    part[t] = Vector512.FusedMultiplyAdd(centred, centred, part[t]);
                }
            }

            Accumulate(part, sums, tokens);
        }

        for (int t = 0; t < tokens; t++)
        {
            inverses[t] = Vector512.Narrow(
                one / Vector512.Sqrt((sums[2 * t] / samples) + epsilon), one / Vector512.Sqrt((sums[(2 * t) + 1] / samples) + epsilon));
        }
    }

    private void Apply(in StepContext step, float* x, float* y, int tokens, long slot)
    {
        Vector512<float>* moments = means.Pointer + slot, inverses = inverseDeviations.Pointer + slot;
        for (int c = 0; c < channels; c++)
        {
            float* from = x + ((long)c * input.Geometry.PlaneStride);
            float* to = y + ((long)c * output.Geometry.PlaneStride);
            Vector512<float> scale = Vector512.Create(step.Values[scaleOffset + c]), shift = Vector512.Create(step.Values[shiftOffset + c]);
            for (int t = 0; t < tokens; t++)
            {
                Vector512<float> normalized = (Vector512.Load(from + (t * Geometry.Lanes)) - moments[t]) * inverses[t];
                Vector512.FusedMultiplyAdd(normalized, scale, shift).Store(to + (t * Geometry.Lanes));
            }
        }
    }

    /// <summary>One tile: adds to the channels' sums, then writes (γ·d − mean(γ·d) − x̂·mean(γ·d·x̂)) / deviation, zero in lanes without image.</summary>
    private void Backward(
        in StepContext step, float* x, float* d, float* to, int tokens, long slot, Vector512<float>* channelSums, Vector512<float> live)
    {
        Vector512<float>* moments = means.Pointer + slot, inverses = inverseDeviations.Pointer + slot;
        long stride = input.Geometry.PlaneStride;
        long gradientStride = output.GradientGeometry.PlaneStride;
        Vector512<float>* part = singleSums.Pointer + ((long)step.Thread * SingleSums);
        Vector512<double>* sums = doubleSums.Pointer + (step.Thread * 4L * TileTokens);
        new Span<Vector512<double>>(sums, 4 * tokens).Clear();
        for (int first = 0; first < channels; first += SingleChannels)
        {
            new Span<Vector512<float>>(part, 2 * tokens).Clear();
            for (int c = first; c < Math.Min(first + SingleChannels, channels); c++)
            {
                Vector512<float> scale = Vector512.Create(step.Values[scaleOffset + c]), sum = channelSums[2 * c], product = channelSums[(2 * c) + 1];
                for (int t = 0; t < tokens; t++)
                {
                    Vector512<float> gradient = Vector512.Load(d + (c * gradientStride) + (t * Geometry.Lanes));
                    Vector512<float> explained = gradient * ((Vector512.Load(x + (c * stride) + (t * Geometry.Lanes)) - moments[t]) * inverses[t]);
                    sum += gradient;
                    product += explained;
                    part[t] = Vector512.FusedMultiplyAdd(gradient, scale, part[t]);
                    part[tokens + t] = Vector512.FusedMultiplyAdd(explained, scale, part[tokens + t]);
                }

                channelSums[2 * c] = sum;
                channelSums[(2 * c) + 1] = product;
            }

            Accumulate(part, sums, 2 * tokens);
        }

        if (to is null)
            return;
        Vector512<double> samples = Vector512.Create((double)channels);
        for (int t = 0; t < 2 * tokens; t++)
            part[t] = Vector512.Narrow(sums[2 * t] / samples, sums[(2 * t) + 1] / samples);
        for (int c = 0; c < channels; c++)
        {
            Vector512<float> scale = Vector512.Create(step.Values[scaleOffset + c]);
            float* g = to + ((long)c * input.GradientGeometry.PlaneStride);
            for (int t = 0; t < tokens; t++)
            {
                Vector512<float> normalized = (Vector512.Load(x + (c * stride) + (t * Geometry.Lanes)) - moments[t]) * inverses[t];
                Vector512<float> explained = Vector512.FusedMultiplyAdd(normalized, part[tokens + t], part[t]);
                Vector512<float> value = Vector512.FusedMultiplyAdd(Vector512.Load(d + (c * gradientStride) + (t * Geometry.Lanes)), scale, -explained) * inverses[t] & live;
                (accumulate ? Vector512.Load(g + (t * Geometry.Lanes)) + value : value).Store(g + (t * Geometry.Lanes));
            }
        }
    }

    private static void Accumulate(Vector512<float>* parts, Vector512<double>* sums, int count)
    {
        for (int i = 0; i < count; i++)
            LaneVectors.Accumulate(parts[i], ref sums[2 * i], ref sums[(2 * i) + 1]);
    }
}
