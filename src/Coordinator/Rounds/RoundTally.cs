namespace Federated.Coordinator.Rounds;

/// <summary>What a round costs on the simulated devices: virtual seconds and floating-point operations.</summary>
/// <param name="clients">Number of clients of the federation.</param>
internal sealed class RoundTally(int clients)
{
    // By client; NaN where the client took no part.
    private readonly double[] flops = Unasked(clients);

    /// <summary>Seconds of the phases so far; in each the server waits for the slowest client.</summary>
    public double VirtualSeconds { get; private set; }

    /// <summary>Operations of the busiest client over all phases.</summary>
    public double FlopsOfBusiestClient { get; private set; }

    /// <summary>Operations of all clients, added in the order of their numbers.</summary>
    public double TotalFlops => flops.Where(static value => !double.IsNaN(value)).Sum();

    /// <summary>Operations of the server's part of a cut model for all clients.</summary>
    public double ServerFlops { get; private set; }

    /// <summary>Clients that did something.</summary>
    public int Clients { get; private set; }

    /// <summary>Adds one phase.</summary>
    public void AddPhase(IEnumerable<ClientCosts> costs)
    {
        double slowest = 0;
        foreach (ClientCosts each in costs)
        {
            ref double sum = ref flops[each.Client.Id];
            if (double.IsNaN(sum))
            {
                sum = 0;
                Clients++;
            }

            sum += each.Flops;
            FlopsOfBusiestClient = Math.Max(FlopsOfBusiestClient, sum);
            slowest = Math.Max(slowest, each.Seconds);
            ServerFlops += each.ServerFlops;
        }

        VirtualSeconds += slowest;
    }

    private static double[] Unasked(int clients)
    {
        double[] flops = new double[clients];
        Array.Fill(flops, double.NaN);
        return flops;
    }
}
