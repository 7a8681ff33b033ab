using Federated.Methods.DataPruning.Rules;
using Xunit;

namespace Federated.Methods.Tests.DataPruning;

public sealed class RandomRulesTests
{
    [Fact]
    public void The_fixed_choice_is_the_same_in_every_epoch_and_another_on_another_client()
    {
        int[] first = Fixed(client: 3, round: 1, epoch: 0);
        Assert.True(Inputs.IsChoice(first, 40, 10));
        Assert.Equal(first, Fixed(client: 3, round: 9, epoch: 4));
        Assert.NotEqual(first, Fixed(client: 4, round: 1, epoch: 0));
    }

    [Fact]
    public void With_replacement_every_epoch_draws_anew()
    {
        var rule = new RandomPerEpochRule(replacement: true);
        int[][] epochs = [.. Enumerable.Range(0, 6).Select(epoch => rule.Choose(Inputs.Of([], 10, epoch: epoch, count: 40)).Places)];
        Assert.All(epochs, places => Assert.True(Inputs.IsChoice(places, 40, 10)));
        Assert.Equal(6, epochs.Select(static places => string.Join(',', places)).Distinct(StringComparer.Ordinal).Count());
        // 60 draws of 40 samples: some sample comes twice while another has not come.
        Assert.NotEqual(40, epochs.Take(4).SelectMany(static places => places).Distinct().Count());
    }

    [Fact]
    public void Without_replacement_an_order_is_walked_through_before_another_is_shuffled()
    {
        int[][] epochs = [.. Enumerable.Range(0, 6).Select(epoch => Walk(epoch, keep: 13, count: 40))];
        Assert.All(epochs, places => Assert.True(Inputs.IsChoice(places, 40, 13)));
        // An order of 40 gives three epochs of 13, and the sample that is left over is shuffled again.
        Assert.Equal(39, epochs.Take(3).SelectMany(static places => places).Distinct().Count());
        Assert.Equal(39, epochs.Skip(3).SelectMany(static places => places).Distinct().Count());
        Assert.NotEqual(epochs[0], epochs[3]);
        Assert.Equal(epochs[4], Walk(4, keep: 13, count: 40));
    }

    [Fact]
    public void Above_half_of_the_samples_the_walk_starts_anew_in_every_epoch()
    {
        Assert.True(Inputs.IsChoice(Walk(0, keep: 30, count: 40), 40, 30));
        Assert.NotEqual(Walk(0, keep: 30, count: 40), Walk(1, keep: 30, count: 40));
    }

    private static int[] Fixed(int client, int round, int epoch) =>
        new FixedRandomRule().Choose(Inputs.Of([], 10, round: round, epoch: epoch, client: client, count: 40)).Places;

    private static int[] Walk(int epoch, int keep, int count) =>
        new RandomPerEpochRule(replacement: false).Choose(Inputs.Of([], keep, epochOfRun: epoch, epoch: epoch % 2, round: 1 + (epoch / 2), count: count)).Places;
}
