using Federated.Engine.Parameters;

namespace Federated.Engine.Layers;

/// <summary>
/// Channels that a mask cuts off. At 0.1 % density more than half of the channels of a residual network's first stage have no weight that reads them, and as many
/// none that writes them: what is known of them need not be computed.
/// </summary>
internal static class ChannelUse
{
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
