using System.Runtime.Intrinsics;
using Federated.Engine.Tensors;

namespace Federated.Engine.Layers;

/// <summary>Sum of two values. The gradient goes to both; where an input shares the output's buffer there is nothing to do.</summary>
internal sealed unsafe class AddLayer(
    ActivationTensor first, ActivationTensor second, ActivationTensor output, bool accumulateFirst, bool accumulateSecond) : Layer
{
    public override void Forward(ref StepContext step)
    {
        Geometry geometry = output.Geometry;
        for (int channel = 0; channel < geometry.Channels; channel++)
        {
            var left = new Plane(first.Geometry, first.Data, channel);
            var right = new Plane(second.Geometry, second.Data, channel);
            var to = new Plane(geometry, output.Data, channel);
            for (int block = 0; block < step.Blocks; block++)
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

    public override void Backward(ref StepContext step)
    {
        Pass(first, accumulateFirst, step.Blocks);
        Pass(second, accumulateSecond, step.Blocks);
    }

    private void Pass(ActivationTensor input, bool accumulate, int blocks)
    {
        if (input.Gradient is null || input.Gradient == output.Gradient)
            return;
        Geometry geometry = input.Geometry;
        for (int channel = 0; channel < geometry.Channels; channel++)
        {
            var from = new Plane(output.Geometry, output.Gradient, channel);
            var to = new Plane(geometry, input.Gradient, channel);
            for (int block = 0; block < blocks; block++)
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
