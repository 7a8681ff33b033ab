using Federated.Coordinator.Placement;
using Federated.Engine.Randomness;
using Xunit;
using Xunit.Abstractions;

namespace Federated.Coordinator.Tests.Placement;

/// <summary>How long phases take, on a simulated clock: against workers that share a queue, with the largest client first.</summary>
public sealed class PlacementTimeTests(ITestOutputHelper output)
{
    private const double OneSecond = 1e9; // operations of a slot in a second

    [Theory]
    [InlineData(10, 0.5)]
    [InlineData(10, 0.1)]
    [InlineData(30, 0.5)]
    [InlineData(100, 0.5)]
    [InlineData(1000, 1.0)]
    public void Two_nodes_end_as_early_as_two_workers_that_share_a_queue(int clients, double alpha)
    {
        double ratio = Average(100, seed =>
        {
            PhaseOrder order = Order(clients, alpha, seed, seconds: 10);
            double end = new SimulatedFleet(order, PlacementOptions.Default, latency: 0.001).Add("a", 1, OneSecond, OneSecond).Add("b", 1, OneSecond, OneSecond).Run();
            return end / Greedy(order, [OneSecond, OneSecond]);
        });
        Assert.InRange(ratio, 0.9, 1.02);
    }

    [Theory]
    [InlineData(10)]
    [InlineData(100)]
    public void A_model_that_is_wrong_by_a_third_costs_little(int clients)
    {
        double ratio = Average(100, seed =>
        {
            PhaseOrder order = Order(clients, 0.5, seed, seconds: 10);
            var random = new KeyedRandom(new RandomKey((ulong)seed, RandomPurpose.Synthetic, 1));
            double[] actual = [OneSecond * (0.67 + (0.66 * random.NextDouble())), OneSecond * (0.67 + (0.66 * random.NextDouble()))];
            double end = new SimulatedFleet(order, PlacementOptions.Default, latency: 0.001).Add("a", 1, OneSecond, actual[0]).Add("b", 1, OneSecond, actual[1]).Run();
            return end / Greedy(order, actual);
        });
        Assert.InRange(ratio, 0.8, 1.05);
    }

    [Fact]
    public void Nodes_of_different_size_end_together()
    {
        double ratio = Average(50, seed =>
        {
            PhaseOrder order = Order(200, 0.5, seed, seconds: 20);
            double end = new SimulatedFleet(order, PlacementOptions.Default, latency: 0.001).Add("a", 8, OneSecond, OneSecond).Add("b", 2, OneSecond, OneSecond).Add("c", 1, OneSecond / 4, OneSecond / 4).Run();
            return end / Greedy(order, [.. Enumerable.Repeat(OneSecond, 10), OneSecond / 4]);
        });
        Assert.InRange(ratio, 0.8, 1.10);
    }

    [Fact]
    public void Bytes_grow_with_nodes_and_not_with_clients()
    {
        var fleet = new SimulatedFleet(Order(10_000, 1, 7, seconds: 100), PlacementOptions.Default, latency: 0.001);
        for (int node = 0; node < 8; node++)
            fleet.Add($"node-{node}", 4, OneSecond, OneSecond);

        fleet.Run();

        Assert.InRange(fleet.Counted.Count, 8, 8 * 5);
    }

    [Fact]
    public void A_phase_that_is_over_in_a_moment_takes_one_list_a_node()
    {
        var fleet = new SimulatedFleet(Order(1000, 1, 7, seconds: 0.03), PlacementOptions.Default, latency: 0.0001).Add("a", 1, OneSecond, OneSecond).Add("b", 1, OneSecond, OneSecond);

        fleet.Run();

        Assert.Equal(2, fleet.Sent.Count);
    }

    [Fact]
    public void Half_of_the_nodes_die_in_the_middle_and_the_others_take_over()
    {
        PhaseOrder order = Order(100, 0.5, 3, seconds: 40);
        double end = new SimulatedFleet(order, PlacementOptions.Default, latency: 0.001)
            .Add("a", 1, OneSecond, OneSecond).Add("b", 1, OneSecond, OneSecond).Add("c", 1, OneSecond, OneSecond).Add("d", 1, OneSecond, OneSecond)
            .At(3, fleet => fleet.Kill("a")).At(3, fleet => fleet.Kill("c")).Run();

        // 40 s of work, of which at most 3 s each of the dead nodes' time are lost, on two nodes from then on: 3 + (40 − 2 × 3) / 2 = 20 s and half of the list under way.
        Assert.InRange(end, 17, 21);
    }

    [Fact]
    public void A_node_that_joins_in_the_middle_gets_work()
    {
        PhaseOrder order = Order(100, 0.5, 3, seconds: 20);
        double end = new SimulatedFleet(order, PlacementOptions.Default, latency: 0.001).Add("a", 1, OneSecond, OneSecond)
            .At(12, fleet => fleet.Join("b", 1, OneSecond, OneSecond)).Run();

        // Half of the 20 s is one list, which is over after 10 s; the list under way at 12 s ends at 15 s, and the 5 s behind it are shared with the one that joined.
        Assert.InRange(end, 15, 17.5);
    }

    [Fact]
    public void A_node_that_becomes_a_hundred_times_slower_does_not_hold_the_phase_up()
    {
        PhaseOrder order = Order(40, 1, 5, seconds: 20);
        double end = new SimulatedFleet(order, PlacementOptions.Default, latency: 0.001).Add("a", 1, OneSecond, OneSecond).Add("b", 1, OneSecond, OneSecond)
            .At(0.5, fleet => fleet.Slow("b", 100)).Run();

        // Without b there are 20 s of work. The list that b has begun, a quarter of all, is done a second time.
        Assert.InRange(end, 19, 26);
    }

    private double Average(int seeds, Func<int, double> ratio)
    {
        double[] ratios = [.. Enumerable.Range(1, seeds).Select(ratio)];
        output.WriteLine($"mean {ratios.Average():F4}, largest {ratios.Max():F4}");
        return ratios.Average();
    }

    /// <summary>Costs in proportion to a Dirichlet draw, as the samples of clients in a federated split are.</summary>
    private static PhaseOrder Order(int clients, double alpha, int seed, double seconds)
    {
        var random = new KeyedRandom(new RandomKey((ulong)seed, RandomPurpose.Synthetic));
        double[] draw = new double[clients];
        for (int i = 0; i < clients; i++)
            draw[i] = random.NextGamma(alpha) + 1e-3;
        double sum = draw.Sum();
        return new PhaseOrder("run", 1, "train", [.. draw.Select((value, client) => new ClientCost(client, value / sum * seconds * OneSecond))]);
    }

    /// <summary>When workers at these speeds are through that take the largest client that is left whenever they are free.</summary>
    private static double Greedy(PhaseOrder order, double[] speeds)
    {
        double[] free = new double[speeds.Length];
        foreach (ClientCost client in order.Clients.OrderByDescending(client => client.Operations))
        {
            int worker = Array.IndexOf(free, free.Min());
            free[worker] += client.Operations / speeds[worker];
        }

        return free.Max();
    }
}
