namespace Federated.Protocol.Aggregation;

/// <summary>A contribution to a sum is NaN or infinite; the sum is as it was before.</summary>
/// <param name="client">The client that it came from, −1 when unknown.</param>
/// <param name="index">Its coordinate.</param>
/// <param name="value">The value.</param>
public sealed class NonFiniteContributionException(int client, int index, double value)
    : Exception($"Client {client} contributes {value} at coordinate {index}; its training has diverged. Lower the learning rate, clip gradients, or leave the client out.")
{
    /// <summary>The client that the value came from, −1 when unknown.</summary>
    public int Client { get; } = client;

    /// <summary>The coordinate.</summary>
    public int Index { get; } = index;

    /// <summary>The value: NaN or an infinity.</summary>
    public double Value { get; } = value;
}
