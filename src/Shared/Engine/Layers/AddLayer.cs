using System.Runtime.Intrinsics;
using Federated.Engine.Tensors;

namespace Federated.Engine.Layers;

/// <summary>Sum of two values. The gradient goes to both; where an input shares the output's buffer there is nothing to do.</summary>
internal sealed unsafe class AddLayer(
    ActivationTensor first, ActivationTensor second, ActivationTensor output, bool accumulateFirst, bool accumulateSecond) : Layer
{
    public override void Forward(ref StepContext step, BlockRange blocks)
    {
        Geometry geometry = output.Geometry;
        for (int channel = 0; channel < geometry.Channels; channel++)
        {
            Plane left = first.DataPlane(in step, blocks, channel);
            Plane right = second.DataPlane(in step, blocks, channel);
            Plane to = output.DataPlane(in step, blocks, channel);
            for (int block = blocks.First; block < blocks.End; block++)
            {
                for (int row = 0; row < geometry.Height; row++)
                {
                    float* a = left.Row(block, row);
                    float* b = right.Row(block, row);
                    float* y = to.Row(block, row);
                    for (int i = 0; i < geometry.Width * Geometry.Lanes; i += Geometry.Lanes)
                        (Vector512.Load(a + i) + Vector512.Load(b + i)).Store(y + i);
                }
            }
        }
    }

    public override void Backward(ref StepContext step, BlockRange blocks)
    {
        Pass(in step, first, accumulateFirst, blocks);
        Pass(in step, second, accumulateSecond, blocks);
    }

    private void Pass(in StepContext step, ActivationTensor input, bool accumulate, BlockRange blocks)
    {
        if (!input.HasGradient || input.GradientOf(in step, blocks) == output.GradientOf(in step, blocks))
            return;
        Geometry geometry = input.Geometry;
        for (int channel = 0; channel < geometry.Channels; channel++)
        {
            Plane from = output.GradientPlane(in step, blocks, channel);
            Plane to = input.GradientPlane(in step, blocks, channel);
            for (int block = blocks.First; block < blocks.End; block++)
            {
                for (int row = 0; row < geometry.Height; row++)
                {
                    float* d = from.Row(block, row);
                    float* g = to.Row(block, row);
                    for (int i = 0; i < geometry.Width * Geometry.Lanes; i += Geometry.Lanes)
                        (accumulate ? Vector512.Load(g + i) + Vector512.Load(d + i) : Vector512.Load(d + i)).Store(g + i);
                }
            }
        }
    }
}
