using System.Runtime.Intrinsics;
using Federated.Engine.Tensors;

namespace Federated.Engine.Layers;

/// <summary>first + factor · second. The gradient goes to both; where an input with factor 1 shares the output's buffer there is nothing to do.</summary>
internal sealed unsafe class AddLayer(
    ActivationTensor first, ActivationTensor second, ActivationTensor output, bool accumulateFirst, bool accumulateSecond, float factor = 1) : Layer
{
    public override void Forward(ref StepContext step, BlockRange blocks)
    {
        Geometry geometry = output.Geometry;
        Vector512<float> scale = Vector512.Create(factor);
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
                        Vector512.FusedMultiplyAdd(Vector512.Load(b + i), scale, Vector512.Load(a + i)).Store(y + i);
                }
            }
        }
    }

    public override void Backward(ref StepContext step, BlockRange blocks)
    {
        // The second may scale the output's gradient in place, so it comes last.
        Pass(in step, first, accumulateFirst, blocks, 1);
        Pass(in step, second, accumulateSecond, blocks, factor);
    }

    private void Pass(in StepContext step, ActivationTensor input, bool accumulate, BlockRange blocks, float factor)
    {
        if (!input.HasGradient || (factor == 1 && input.GradientOf(in step, blocks) == output.GradientOf(in step, blocks)))
            return;
        Geometry geometry = input.Geometry;
        Vector512<float> scale = Vector512.Create(factor);
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
                    {
                        Vector512<float> value = Vector512.Load(d + i) * scale;
                        (accumulate ? Vector512.Load(g + i) + value : value).Store(g + i);
                    }
                }
            }
        }
    }
}
