namespace Federated.Engine.Layers;

/// <summary>The numbers that make a two-dimensional convolution. Kernel, stride and padding are the same in both directions.</summary>
/// <param name="InputChannels">Channels of the input.</param>
/// <param name="OutputChannels">Channels of the output.</param>
/// <param name="Kernel">Rows and columns of the kernel, 1 or more.</param>
/// <param name="Stride">Pixels between two places of the kernel, 1 or more.</param>
/// <param name="Padding">Zero pixels assumed around the input, 0…<paramref name="Kernel"/> − 1.</param>
/// <param name="Groups">Parts into which both channel lists are split; a part of the output sees its part of the input only.</param>
internal readonly record struct ConvolutionShape(int InputChannels, int OutputChannels, int Kernel, int Stride = 1, int Padding = 0, int Groups = 1)
{
    /// <summary>Input channels that one output channel sees.</summary>
    public int InputChannelsPerGroup => InputChannels / Groups;

    /// <summary>Weights of one output channel: input channels of its group × kernel rows × kernel columns.</summary>
    public int FanIn => InputChannelsPerGroup * Kernel * Kernel;

    /// <summary>Rows (or columns) of the output where the input has <paramref name="size"/>.</summary>
    public int OutputSize(int size) => ((size + (2 * Padding) - Kernel) / Stride) + 1;

    /// <summary>Checks that the numbers make a convolution.</summary>
    /// <exception cref="ArgumentException">A number is out of its range, or the channels do not divide into the groups.</exception>
    public void Validate()
    {
        if (InputChannels < 1 || OutputChannels < 1 || Kernel < 1 || Stride < 1 || Groups < 1)
            throw new ArgumentException($"{this}: channels, kernel, stride and groups must be 1 or more.");
        if (Padding < 0 || Padding >= Kernel)
            throw new ArgumentException($"{this}: the padding must be 0…{Kernel - 1}, less than the kernel.");
        if (InputChannels % Groups != 0 || OutputChannels % Groups != 0)
            throw new ArgumentException($"{this}: {Groups} groups must divide both numbers of channels.");
    }
}
