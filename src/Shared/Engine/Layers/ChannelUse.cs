using Federated.Engine.Parameters;

namespace Federated.Engine.Layers;

/// <summary>
/// Channels that a mask cuts off. At 0.1 % density more than half of the channels of a residual network's first stage have no weight that reads them, and as many
/// none that writes them: what is known of them need not be computed.
/// </summary>
internal static class ChannelUse
{
    // Well below where a layer leaves the kernels that run on kept weights only.
    private const double HighestSparseDensity = 0.1;

    /// <summary>Whether a layer certainly runs on its kept weights only, so that it never looks at a channel that has none.</summary>
    public static bool IsSparse(Mask mask, int weightTensor) => mask.CompactCount(weightTensor) < HighestSparseDensity * mask.Layout.Tensors[weightTensor].Count;

    /// <summary>Output channels without a kept weight: without bias their values are zero.</summary>
    /// <param name="kept">Kept weights [out, in/groups, kernel, kernel]; null keeps all.</param>
    /// <param name="shape">The convolution.</param>
    public static bool[] Unwritten(BitSet? kept, ConvolutionShape shape)
    {
        bool[] unwritten = new bool[shape.OutputChannels];
        if (kept is null)
            return unwritten;
        Array.Fill(unwritten, true);
        foreach (int position in kept.ToPositions())
            unwritten[position / shape.FanIn] = false;
        return unwritten;
    }

    /// <summary>Input channels without a kept weight: no value of them reaches the output.</summary>
    /// <param name="kept">Kept weights [out, in/groups, kernel, kernel]; null keeps all.</param>
    /// <param name="shape">The convolution.</param>
    public static bool[] Unread(BitSet? kept, ConvolutionShape shape)
    {
        bool[] unread = new bool[shape.InputChannels];
        if (kept is null)
            return unread;
        Array.Fill(unread, true);
        int outputsPerGroup = shape.OutputChannels / shape.Groups;
        foreach (int position in kept.ToPositions())
        {
            int group = position / shape.FanIn / outputsPerGroup;
            unread[(group * shape.InputChannelsPerGroup) + (position % shape.FanIn / (shape.Kernel * shape.Kernel))] = false;
        }

        return unread;
    }
}

/// <summary>What a convolution's neighbours do not look at where its mask cuts a channel off.</summary>
/// <param name="OutputsAreIgnored">The one reader of the output takes a channel without weights for zeros, and does not read it.</param>
/// <param name="InputGradientsAreIgnored">The producer of the input takes the gradient of a channel without weights for zeros where the layer is sparse, and does not read it.</param>
internal readonly record struct CutChannels(bool OutputsAreIgnored, bool InputGradientsAreIgnored);
