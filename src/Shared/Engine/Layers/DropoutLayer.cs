using System.Runtime.Intrinsics;
using Federated.Engine.Networks;
using Federated.Engine.Tensors;

namespace Federated.Engine.Layers;

/// <summary>
/// Inverted dropout (Srivastava et al. 2014). Which values are dropped is a function of the step's key alone: the backward pass draws the same numbers
/// again, so nothing is stored. Layer <paramref name="number"/> of the plan uses the key with <c>Step</c> + number·2³²; pixel p of a block, counted over channels,
/// rows and columns, takes word p mod 4 of group ⌊p/4⌋.
/// </summary>
internal sealed unsafe class DropoutLayer(ActivationTensor input, ActivationTensor output, double rate, int number, bool accumulate) : Layer
{
    private const int WordsPerGroup = 4;

    private readonly Vector512<uint> threshold = Vector512.Create((uint)(rate * 4294967296.0));
    private readonly Vector512<float> scale = Vector512.Create((float)(1 / (1 - rate)));

    public override void Forward(ref StepContext step, BlockRange blocks) =>
        Walk(in step, blocks, input.Geometry, input.DataOf(in step, blocks), output.Geometry, output.DataOf(in step, blocks), add: false);

    public override void Backward(ref StepContext step, BlockRange blocks)
    {
        if (!input.HasGradient)
            return;
        Walk(
            in step, blocks, output.GradientGeometry, output.GradientOf(in step, blocks), input.GradientGeometry, input.GradientOf(in step, blocks), accumulate);
    }

    private void Walk(
        in StepContext step, BlockRange blocks, Geometry source, float* sourceBuffer, Geometry destination, float* destinationBuffer, bool add)
    {
        bool drops = step.Mode == ForwardMode.Train;
        if (!drops && !add && sourceBuffer == destinationBuffer)
            return;
        var random = new LanePhilox(step.Key with { Step = step.Key.Step + ((long)number << 32) });
        uint* draws = stackalloc uint[WordsPerGroup * Geometry.Lanes];
        for (int block = blocks.First; block < blocks.End; block++)
        {
            int pixel = 0;
            for (int channel = 0; channel < source.Channels; channel++)
            {
                var from = new Plane(source, sourceBuffer, channel);
                var to = new Plane(destination, destinationBuffer, channel);
                for (int row = 0; row < source.Height; row++)
                {
                    float* x = from.Row(block, row);
                    float* y = to.Row(block, row);
                    for (int i = 0; i < source.Width * Geometry.Lanes; i += Geometry.Lanes)
                    {
                        Vector512<float> value = Vector512.Load(x + i);
                        if (drops)
                        {
                            int word = pixel % WordsPerGroup;
                            if (word == 0)
                                random.Fill((uint)(pixel / WordsPerGroup), (uint)block, draws);
                            pixel++;
                            value = (value * scale) & Vector512.GreaterThanOrEqual(Vector512.Load(draws + (word * Geometry.Lanes)), threshold).AsSingle();
                        }

                        (add ? Vector512.Load(y + i) + value : value).Store(y + i);
                    }
                }
            }
        }
    }
}
