using System.Runtime.Intrinsics;
using Federated.Engine.Tensors;

namespace Federated.Engine.Layers;

/// <summary>One token as a vector; the others get no gradient from here.</summary>
internal sealed unsafe class SelectTokenLayer(ActivationTensor input, ActivationTensor output, int token, bool accumulate) : Layer
{
    public override void Forward(ref StepContext step, BlockRange blocks)
    {
        for (int c = 0; c < output.Geometry.Channels; c++)
        {
            Plane from = input.DataPlane(in step, blocks, c);
            Plane to = output.DataPlane(in step, blocks, c);
            for (int block = blocks.First; block < blocks.End; block++)
                Vector512.Load(from.Row(block, 0) + (token * Geometry.Lanes)).Store(to.Row(block, 0));
        }
    }

    public override void Backward(ref StepContext step, BlockRange blocks)
    {
        if (!input.HasGradient)
            return;
        for (int c = 0; c < output.Geometry.Channels; c++)
        {
            Plane from = output.GradientPlane(in step, blocks, c);
            Plane to = input.GradientPlane(in step, blocks, c);
            for (int block = blocks.First; block < blocks.End; block++)
            {
                if (!accumulate)
                    to.Clear(block, input.Geometry.Height, input.Geometry.Width);
                float* g = to.Row(block, 0) + (token * Geometry.Lanes);
                (Vector512.Load(g) + Vector512.Load(from.Row(block, 0))).Store(g);
            }
        }
    }
}
