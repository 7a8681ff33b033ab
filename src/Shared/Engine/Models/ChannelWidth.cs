namespace Federated.Engine.Models;

/// <summary>Factor on the channels of hidden layers.</summary>
internal readonly record struct ChannelWidth(double Factor)
{
    /// <summary>The number of channels where the full model has <paramref name="channels"/>.</summary>
    public int Of(int channels) => Math.Max(1, (int)Math.Round(channels * Factor, MidpointRounding.AwayFromZero));
}
