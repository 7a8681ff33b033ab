using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Federated.Engine.Networks;
using Federated.Engine.Parameters;
using Federated.Engine.Tensors;

namespace Federated.Engine.Layers;

/// <summary>
/// Group normalisation (Wu and He 2018): mean and variance per image over the channels of a group and all positions. An image is a lane, so the statistics
/// are vectors and only the gradients of scale and shift are summed over lanes. Rows are summed in single precision, then in double.
/// </summary>
internal sealed unsafe class GroupNormLayer : Layer
{
    private const double Epsilon = 1e-5;

    private readonly GroupNormOperation operation;
    private readonly ActivationTensor input;
    private readonly ActivationTensor output;
    private readonly bool accumulate;
    private readonly int channelsPerGroup;

    // Mean and 1/√(variance + ε) of each block and group, sixteen lanes each, for the backward pass.
    private readonly Vector512<float>[] means;
    private readonly Vector512<float>[] inverseDeviations;

    private readonly BlockSums scaleGradients;
    private readonly BlockSums shiftGradients;
    private int scaleOffset;
    private int shiftOffset;

    public GroupNormLayer(GroupNormOperation operation, ActivationTensor input, ActivationTensor output, bool accumulate, int maximumBlocks)
    {
        this.operation = operation;
        this.input = input;
        this.output = output;
        this.accumulate = accumulate;
        channelsPerGroup = input.Geometry.Channels / operation.Groups;
        means = new Vector512<float>[maximumBlocks * operation.Groups];
        inverseDeviations = new Vector512<float>[maximumBlocks * operation.Groups];
        scaleGradients = new BlockSums(maximumBlocks, input.Geometry.Channels);
        shiftGradients = new BlockSums(maximumBlocks, input.Geometry.Channels);
    }

    public override void MaskChanged(Mask mask)
    {
        scaleOffset = mask.CompactOffset(operation.Scale);
        shiftOffset = mask.CompactOffset(operation.Shift);
    }

    public override void Forward(ref StepContext step, BlockRange blocks)
    {
        for (int block = blocks.First; block < blocks.End; block++)
        {
            for (int group = 0; group < operation.Groups; group++)
            {
                int slot = (block * operation.Groups) + group;
                Moments(in step, blocks, block, group, out means[slot], out inverseDeviations[slot]);
                for (int c = group * channelsPerGroup; c < (group + 1) * channelsPerGroup; c++)
                    Apply(in step, blocks, block, c, means[slot], inverseDeviations[slot] * step.Values[scaleOffset + c], Vector512.Create(step.Values[shiftOffset + c]));
            }
        }
    }

    public override void Backward(ref StepContext step, BlockRange blocks)
    {
        double samples = (double)channelsPerGroup * input.Geometry.Positions;
        for (int block = blocks.First; block < blocks.End; block++)
        {
            Vector512<float> live = LaneVectors.Live(step.Count, block);
            for (int group = 0; group < operation.Groups; group++)
            {
                int slot = (block * operation.Groups) + group;
                (Vector512<float> sum, Vector512<float> product) = GradientMeans(in step, blocks, block, group, live, step.Values + scaleOffset, samples);
                if (!input.HasGradient)
                    continue;
                for (int c = group * channelsPerGroup; c < (group + 1) * channelsPerGroup; c++)
                    InputGradient(in step, blocks, block, c, slot, live, step.Values[scaleOffset + c], sum, product);
            }
        }
    }

    public override void FinishBackward(ref StepContext step)
    {
        scaleGradients.Write(0, input.Geometry.Channels, step.Blocks, step.Gradients + scaleOffset);
        shiftGradients.Write(0, input.Geometry.Channels, step.Blocks, step.Gradients + shiftOffset);
    }

    private void Moments(in StepContext step, BlockRange blocks, int block, int group, out Vector512<float> mean, out Vector512<float> inverseDeviation)
    {
        Geometry geometry = input.Geometry;
        double samples = (double)channelsPerGroup * geometry.Positions;
        Vector512<double> low = Vector512<double>.Zero, high = low, squaresLow = low, squaresHigh = low;
        for (int c = group * channelsPerGroup; c < (group + 1) * channelsPerGroup; c++)
        {
            Plane plane = input.DataPlane(in step, blocks, c);
            for (int row = 0; row < geometry.Height; row++)
            {
                float* x = plane.Row(block, row);
                Vector512<float> sum = Vector512<float>.Zero;
                for (int i = 0; i < geometry.Width * Geometry.Lanes; i += Geometry.Lanes)
                    sum += Vector512.Load(x + i);
                LaneVectors.Accumulate(sum, ref low, ref high);
            }
        }

        mean = Vector512.Narrow(low / samples, high / samples);
        for (int c = group * channelsPerGroup; c < (group + 1) * channelsPerGroup; c++)
        {
            Plane plane = input.DataPlane(in step, blocks, c);
            for (int row = 0; row < geometry.Height; row++)
            {
                float* x = plane.Row(block, row);
                Vector512<float> squares = Vector512<float>.Zero;
                for (int i = 0; i < geometry.Width * Geometry.Lanes; i += Geometry.Lanes)
                {
                    Vector512<float> centred = Vector512.Load(x + i) - mean;
                    squares = Vector512.FusedMultiplyAdd(centred, centred, squares);
                }

                LaneVectors.Accumulate(squares, ref squaresLow, ref squaresHigh);
            }
        }

        Vector512<double> one = Vector512.Create(1.0), epsilon = Vector512.Create(Epsilon);
        inverseDeviation = Vector512.Narrow(one / Vector512.Sqrt((squaresLow / samples) + epsilon), one / Vector512.Sqrt((squaresHigh / samples) + epsilon));
    }

    private void Apply(in StepContext step, BlockRange blocks, int block, int channel, Vector512<float> mean, Vector512<float> scale, Vector512<float> shift)
    {
        Plane from = input.DataPlane(in step, blocks, channel);
        Plane to = output.DataPlane(in step, blocks, channel);
        for (int row = 0; row < input.Geometry.Height; row++)
        {
            float* x = from.Row(block, row);
            float* y = to.Row(block, row);
            for (int i = 0; i < input.Geometry.Width * Geometry.Lanes; i += Geometry.Lanes)
                Vector512.FusedMultiplyAdd(Vector512.Load(x + i) - mean, scale, shift).Store(y + i);
        }
    }

    /// <summary>Per image the means over the group of γ·d and of γ·d·(x − mean)/deviation; adds to the gradients of scale and shift on the way.</summary>
    private (Vector512<float> Sum, Vector512<float> Product) GradientMeans(in StepContext step, BlockRange blocks, int block, int group, Vector512<float> live, float* scales, double samples)
    {
        Geometry geometry = input.Geometry;
        int slot = (block * operation.Groups) + group;
        (Vector512<double> deviationLow, Vector512<double> deviationHigh) = Vector512.Widen(inverseDeviations[slot]);
        Vector512<double> low = Vector512<double>.Zero, high = low, productLow = low, productHigh = low;
        for (int c = group * channelsPerGroup; c < (group + 1) * channelsPerGroup; c++)
        {
            ChannelSums(in step, blocks, block, c, means[slot], live, out Vector512<double> dLow, out Vector512<double> dHigh, out Vector512<double> pLow, out Vector512<double> pHigh);
            pLow *= deviationLow;
            pHigh *= deviationHigh;
            shiftGradients[block, c] = LaneVectors.Sum(dLow, dHigh);
            scaleGradients[block, c] = LaneVectors.Sum(pLow, pHigh);
            double scale = scales[c];
            low += dLow * scale;
            high += dHigh * scale;
            productLow += pLow * scale;
            productHigh += pHigh * scale;
        }

        return (Vector512.Narrow(low / samples, high / samples), Vector512.Narrow(productLow / samples, productHigh / samples));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void ChannelSums(in StepContext step, BlockRange blocks, int block, int channel, Vector512<float> mean, Vector512<float> live,
        out Vector512<double> low, out Vector512<double> high, out Vector512<double> productLow, out Vector512<double> productHigh)
    {
        Plane activation = input.DataPlane(in step, blocks, channel);
        Plane gradient = output.GradientPlane(in step, blocks, channel);
        low = high = productLow = productHigh = Vector512<double>.Zero;
        for (int row = 0; row < input.Geometry.Height; row++)
        {
            float* x = activation.Row(block, row);
            float* d = gradient.Row(block, row);
            Vector512<float> sum = Vector512<float>.Zero, product = Vector512<float>.Zero;
            for (int i = 0; i < input.Geometry.Width * Geometry.Lanes; i += Geometry.Lanes)
            {
                Vector512<float> value = Vector512.Load(d + i);
                sum += value;
                product = Vector512.FusedMultiplyAdd(value, Vector512.Load(x + i) - mean, product);
            }

            LaneVectors.Accumulate(sum & live, ref low, ref high);
            LaneVectors.Accumulate(product & live, ref productLow, ref productHigh);
        }
    }

    /// <summary>(γ·d − mean(γ·d) − x̂·mean(γ·d·x̂)) / deviation, zero in lanes without image.</summary>
    private void InputGradient(in StepContext step, BlockRange blocks, int block, int channel, int slot, Vector512<float> live, float scale, Vector512<float> sum, Vector512<float> product)
    {
        Plane activation = input.DataPlane(in step, blocks, channel);
        Plane from = output.GradientPlane(in step, blocks, channel);
        Plane to = input.GradientPlane(in step, blocks, channel);
        Vector512<float> mean = means[slot], inverse = inverseDeviations[slot], factor = Vector512.Create(scale);
        for (int row = 0; row < input.Geometry.Height; row++)
        {
            float* x = activation.Row(block, row);
            float* d = from.Row(block, row);
            float* g = to.Row(block, row);
            for (int i = 0; i < input.Geometry.Width * Geometry.Lanes; i += Geometry.Lanes)
            {
                Vector512<float> normalized = (Vector512.Load(x + i) - mean) * inverse;
                Vector512<float> explained = Vector512.FusedMultiplyAdd(normalized, product, sum);
                Vector512<float> value = Vector512.FusedMultiplyAdd(Vector512.Load(d + i), factor, -explained) * inverse & live;
                (accumulate ? Vector512.Load(g + i) + value : value).Store(g + i);
            }
        }
    }
}
