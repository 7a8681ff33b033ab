using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace Federated.Coordinator.Tests.Placement;

/// <summary>What must hold whatever happens: the script says which of the things that can happen next does.</summary>
public sealed class PlacementPropertyTests
{
    private static readonly Gen<int[]> Scripts = from length in Gen.Choose(0, 150) from script in Gen.Choose(0, 1_000_000).ArrayOf(length) select script;

    [Fact]
    public void Whatever_happens_every_client_is_counted_exactly_once() => Check(clients: 23, others: 3, tests: 600);

    [Fact]
    public void With_one_other_node_too() => Check(clients: 5, others: 1, tests: 600);

    [Fact]
    public void With_many_nodes_too() => Check(clients: 60, others: 12, tests: 100);

    [Fact]
    public void The_same_events_give_the_same_actions() => Run(Scripts, 20, script => Play(script, 17, 3).Log == Play(script, 17, 3).Log);

    private static void Check(int clients, int others, int tests) => Run(Scripts, tests, script =>
    {
        PlacementScript played = Play(script, clients, others);
        Assert.Equal(clients, played.ClientsCounted);
        return true;
    });

    private static PlacementScript Play(int[] script, int clients, int others)
    {
        var played = new PlacementScript(clients, others);
        foreach (int choice in script)
            played.Step(choice);
        played.LeaveItToTheHonestNode();
        return played;
    }

    private static void Run(Gen<int[]> gen, int tests, Func<int[], bool> property) =>
        FsCheck.Check.One(Config.QuickThrowOnFailure.WithReplay(20221977, 297).WithMaxTest(tests), Prop.ForAll(gen.ToArbitrary(), property));
}
