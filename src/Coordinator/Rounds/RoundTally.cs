using Federated.Methods.Federation;

namespace Federated.Coordinator.Rounds;

/// <summary>What a round costs on the simulated devices: virtual seconds and floating-point operations.</summary>
internal sealed class RoundTally
{
    private readonly Dictionary<int, double> flopsOfClient = [];

    /// <summary>Seconds of the phases so far; in each the server waits for the slowest client.</summary>
    public double VirtualSeconds { get; private set; }

    /// <summary>Operations of the busiest client over all phases.</summary>
    public double FlopsOfBusiestClient => flopsOfClient.Count == 0 ? 0 : flopsOfClient.Values.Max();

    /// <summary>Operations of all clients.</summary>
    public double TotalFlops => flopsOfClient.Values.Sum();

    /// <summary>Clients that did something.</summary>
    public int Clients => flopsOfClient.Count;

    /// <summary>Adds one phase.</summary>
    public void AddPhase(IEnumerable<(ClientDescription Client, long BytesDown, double Flops, long BytesUp)> exchanges)
    {
        double slowest = 0;
        foreach ((ClientDescription client, long down, double flops, long up) in exchanges)
        {
            flopsOfClient[client.Id] = flopsOfClient.GetValueOrDefault(client.Id) + flops;
            slowest = Math.Max(slowest, client.Device.Seconds(down, flops, up));
        }

        VirtualSeconds += slowest;
    }
}
