using Federated.Engine.Kernels;
using Federated.Engine.Parameters;
using Federated.Engine.Tensors;

namespace Federated.Engine.Layers;

/// <summary>
/// A depthwise convolution's three products by kernels of their own, which compute all nine taps of every channel: a pruned weight is a zero, its gradient is
/// dropped. Holds only tables, so several threads may use it at once. 6 bytes a channel.
/// </summary>
internal sealed unsafe class DepthwisePath : IKernelPath
{
    // On a pixel in the cache the pattern kernels take about as long for five kept weights as these for all nine (Zen 5: 3 ns for nine against 1.5 ns); with fewer
    // they are faster.
    private const int LeastWeightsPerChannel = 5;

    private readonly ConvolutionShape shape;
    private readonly DepthwiseKernels kernels;
    private readonly Geometry input;
    private readonly Geometry inputGradient;
    private readonly Geometry output;
    private readonly Geometry outputGradient;
    private readonly NativeBuffer<int> starts;
    private readonly NativeBuffer<ushort> taps;
    private readonly int count;

    /// <summary>Binds the path to the geometries of its four tensors and the kept weights (null: all).</summary>
    public DepthwisePath(
        ConvolutionShape shape, VectorWidth width, Geometry input, Geometry inputGradient, Geometry output, Geometry outputGradient, BitSet? kept)
    {
        this.shape = shape;
        this.input = input;
        this.inputGradient = inputGradient;
        this.output = output;
        this.outputGradient = outputGradient;
        kernels = DepthwiseKernels.For(width);
        starts = new NativeBuffer<int>(shape.OutputChannels);
        taps = new NativeBuffer<ushort>(shape.OutputChannels);
        int next = 0;
        for (int channel = 0; channel < shape.OutputChannels; channel++)
        {
            starts.Pointer[channel] = next;
            for (int tap = 0; tap < DepthwiseTaps.PerChannel; tap++)
            {
                if (kept is not null && !kept[(channel * DepthwiseTaps.PerChannel) + tap])
                    continue;
                taps.Pointer[channel] |= (ushort)(1 << tap);
                next++;
            }
        }

        count = next;
    }

    /// <summary>
    /// Whether these kernels run a layer with <paramref name="kept"/> of its weights: one 3×3 kernel a channel, and so many kept weights that computing all
    /// is faster. Depends on shape and density only, so that every machine computes the same sums.
    /// </summary>
    public static bool Suits(ConvolutionShape shape, int kept)
        => shape.Kernel == 3 && shape.Groups == shape.InputChannels && shape.OutputChannels == shape.InputChannels
            && (shape.Stride == 1 || (shape.Stride == 2 && shape.Padding == 1))
            && kept >= LeastWeightsPerChannel * shape.OutputChannels;

    /// <inheritdoc/>
    public void PrepareForward(float* values)
    {
    }

    /// <inheritdoc/>
    public void PrepareBackward(float* values)
    {
    }

    /// <inheritdoc/>
    public void Forward(float* values, float* bias, int blocks, TensorBlocks read, TensorBlocks written)
        => kernels.Forward(
            Taps, values, bias, shape.Stride, output.Height, output.Width, blocks, Maps(read, input, shape.Padding), Maps(written, output, 0));

    /// <inheritdoc/>
    public void PropagateToInput(float* values, bool accumulate, int blocks, TensorBlocks read, TensorBlocks written)
    {
        DepthwiseMaps to = Maps(written, inputGradient, 0);
        if (shape.Stride == 1)
            kernels.Flipped(Taps, values, accumulate, inputGradient.Height, inputGradient.Width, blocks, Maps(read, outputGradient, 2 - shape.Padding), to);
        else
            kernels.Spread(Taps, values, accumulate, inputGradient.Height, inputGradient.Width, blocks, Maps(read, outputGradient, 0), to);
    }

    /// <inheritdoc/>
    public void Gradient(float* gradients, int thread, int blocks, TensorBlocks read, TensorBlocks outputGradientBlocks)
    {
        new Span<float>(gradients, count).Clear();
        kernels.Gradient(
            Taps, gradients, shape.Stride, output.Height, output.Width, blocks, Maps(read, input, shape.Padding), Maps(outputGradientBlocks, outputGradient, 0));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        starts.Dispose();
        taps.Dispose();
    }

    private DepthwiseTaps Taps => new(shape.OutputChannels, starts.Pointer, taps.Pointer);

    // The origin lies so many pixels above and to the left of the first pixel inside the border.
    private static DepthwiseMaps Maps(TensorBlocks blocks, Geometry geometry, int before)
        => new(blocks, geometry.PlaneStride, geometry.RowStride, geometry.Interior - (before * (geometry.RowStride + Geometry.Lanes)));
}
