using System.Runtime.Intrinsics;
using Federated.Engine.Tensors;

namespace Federated.Engine.Layers;

/// <summary>Applies a function to every value. Nothing is stored: the backward pass reads the activations on one side.</summary>
internal abstract unsafe class ActivationFunctionLayer<TFunction>(ActivationTensor input, ActivationTensor output, bool accumulate) : Layer
    where TFunction : struct, IActivationFunction
{
    public sealed override void Forward(ref StepContext step, BlockRange blocks)
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
                        TFunction.Value(Vector512.Load(x + i)).Store(y + i);
                }
            }
        }
    }

    public sealed override void Backward(ref StepContext step, BlockRange blocks)
    {
        if (!input.HasGradient)
            return;
        Geometry geometry = input.Geometry;
        for (int channel = 0; channel < geometry.Channels; channel++)
        {
            Plane known = (TFunction.GradientReadsOutput ? output : input).DataPlane(in step, blocks, channel);
            Plane from = output.GradientPlane(in step, blocks, channel);
            Plane to = input.GradientPlane(in step, blocks, channel);
            for (int block = blocks.First; block < blocks.End; block++)
            {
                // Activations of lanes without image may be anything; their gradient stays zero.
                Vector512<float> live = LaneVectors.Live(step.Count, block);
                for (int row = 0; row < geometry.Height; row++)
                {
                    float* v = known.Row(block, row);
                    float* d = from.Row(block, row);
                    float* g = to.Row(block, row);
                    for (int i = 0; i < geometry.Width * Geometry.Lanes; i += Geometry.Lanes)
                    {
                        Vector512<float> value = TFunction.Gradient(Vector512.Load(v + i), Vector512.Load(d + i)) & live;
                        (accumulate ? Vector512.Load(g + i) + value : value).Store(g + i);
                    }
                }
            }
        }
    }
}
