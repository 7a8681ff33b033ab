using System.Runtime.Intrinsics;
using Federated.Engine.Tensors;

namespace Federated.Engine.Layers;

/// <summary>x·Φ(x); the backward pass reads the input, so nothing is stored.</summary>
internal sealed unsafe class GeluLayer(ActivationTensor input, ActivationTensor output, bool accumulate) : Layer
{
    public override void Forward(ref StepContext step, BlockRange blocks)
    {
        Geometry geometry = input.Geometry;
        for (int channel = 0; channel < geometry.Channels; channel++)
        {
            Plane from = input.DataPlane(in step, blocks, channel);
            Plane to = output.DataPlane(in step, blocks, channel);
            for (int block = blocks.First; block < blocks.End; block++)
            {
                for (int row = 0; row < geometry.Height; row++)
                {
                    float* x = from.Row(block, row);
                    float* y = to.Row(block, row);
                    for (int i = 0; i < geometry.Width * Geometry.Lanes; i += Geometry.Lanes)
                        GaussianLanes.Gelu(Vector512.Load(x + i)).Store(y + i);
                }
            }
        }
    }

    public override void Backward(ref StepContext step, BlockRange blocks)
    {
        if (!input.HasGradient)
            return;
        Geometry geometry = input.Geometry;
        for (int block = blocks.First; block < blocks.End; block++)
        {
            Vector512<float> live = LaneVectors.Live(step.Count, block);
            for (int channel = 0; channel < geometry.Channels; channel++)
            {
                Plane activation = input.DataPlane(in step, blocks, channel);
                Plane from = output.GradientPlane(in step, blocks, channel);
                Plane to = input.GradientPlane(in step, blocks, channel);
                for (int row = 0; row < geometry.Height; row++)
                {
                    float* x = activation.Row(block, row);
                    float* d = from.Row(block, row);
                    float* g = to.Row(block, row);
                    for (int i = 0; i < geometry.Width * Geometry.Lanes; i += Geometry.Lanes)
                    {
                        Vector512<float> value = (GaussianLanes.GeluSlope(Vector512.Load(x + i)) * Vector512.Load(d + i)) & live;
                        (accumulate ? Vector512.Load(g + i) + value : value).Store(g + i);
                    }
                }
            }
        }
    }
}
