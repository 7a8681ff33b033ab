namespace Federated.Engine.Kernels;

/// <summary>
/// One tensor of a depthwise convolution as its kernels see it: a plane for every channel. Strides in floats. The pixels around a plane that a tap
/// reaches must be there, as zeros.
/// </summary>
internal readonly unsafe struct DepthwiseMaps(TensorBlocks blocks, int plane, int row, int origin)
{
    private readonly TensorBlocks blocks = blocks;
    private readonly int plane = plane;
    private readonly int origin = origin;

    /// <summary>Floats from one row to the next.</summary>
    public readonly int RowStride = row;

    /// <summary>The pixel at the tensor's origin (the first inside the border, or where the first output's first tap reads) in one channel of one block.</summary>
    public float* At(int block, int channel) => blocks.First + (block * blocks.Stride) + ((nint)channel * plane) + origin;
}

/// <summary>The weights of a depthwise convolution with a 3×3 kernel: the kept ones of each channel, side by side.</summary>
internal readonly unsafe struct DepthwiseTaps(int channels, int* starts, ushort* kept)
{
    /// <summary>Weights of a kernel.</summary>
    public const int PerChannel = 9;

    private readonly int* starts = starts;
    private readonly ushort* kept = kept;

    /// <summary>Number of channels.</summary>
    public readonly int Channels = channels;

    /// <summary>Writes the channel's nine weights to <paramref name="taps"/>, zero where one is pruned.</summary>
    public void Expand(float* values, int channel, float* taps)
    {
        values += starts[channel];
        int bits = kept[channel];
        for (int tap = 0; tap < PerChannel; tap++)
            taps[tap] = (bits >> tap & 1) != 0 ? *values++ : 0;
    }

    /// <summary>Adds the gradients of the channel's kept weights to <paramref name="gradients"/> and drops the others.</summary>
    public void Add(float* taps, int channel, float* gradients)
    {
        gradients += starts[channel];
        int bits = kept[channel];
        for (int tap = 0; tap < PerChannel; tap++)
        {
            if ((bits >> tap & 1) != 0)
                *gradients++ += taps[tap];
        }
    }
}
