using Federated.Methods.DataPruning.Rules;
using Xunit;

namespace Federated.Methods.Tests.DataPruning;

public sealed class SlidingWindowRuleTests
{
    // Five groups of two, from easy to hard: places 0 and 1, 2 and 3, …
    private static readonly double[] Losses = [0, 0.1, 1, 1.1, 2, 2.1, 3, 3.1, 4, 4.1];

    [Theory]
    [InlineData(0, 0, 7)] // 5 · 0.9 = 4.5 is 4 to the even number: two windows, the groups 0…3 and 1…4
    [InlineData(1, 2, 9)]
    [InlineData(2, 0, 7)]
    [InlineData(7, 2, 9)]
    public void The_window_slides_from_epoch_to_epoch_and_starts_again(int epochOfRun, int first, int last)
    {
        int[] chosen = Choose(Losses, keep: 8, epochOfRun);
        Assert.Equal(Enumerable.Range(first, last - first + 1), chosen);
    }

    [Fact]
    public void Fewer_than_the_window_holds_are_drawn_at_random()
    {
        int[][] epochs = [.. Enumerable.Range(0, 20).Select(epoch => Choose(Losses, keep: 5, 2 * epoch))];
        Assert.All(epochs, places => Assert.True(Inputs.IsChoice(places, 10, 5) && places[^1] <= 7));
        Assert.Equal(8, epochs.SelectMany(static places => places).Distinct().Count());
    }

    [Fact]
    public void A_window_that_holds_too_few_is_widened_towards_harder_groups_first()
    {
        Assert.Equal(Enumerable.Range(0, 10), Choose(Losses, keep: 10, epochOfRun: 0));
        Assert.Equal(Enumerable.Range(0, 10), Choose(Losses, keep: 10, epochOfRun: 1)); // no harder group is left
        Assert.Equal([4, 5, 6, 7], Choose(Losses, keep: 4, epochOfRun: 2, share: 0.2)); // one group, and the next harder one
    }

    [Fact]
    public void Without_losses_the_choice_is_random()
    {
        int[][] epochs = [.. Enumerable.Range(0, 30).Select(epoch => new SlidingWindowRule(5, 0.9).Choose(Inputs.Of([], 8, epoch: epoch, epochOfRun: 0, count: 10)).Places)];
        Assert.Equal(10, epochs.SelectMany(static places => places).Distinct().Count());
        Assert.True(epochs.Select(static places => string.Join(',', places)).Distinct(StringComparer.Ordinal).Count() > 10);
    }

    [Fact]
    public void Equal_losses_are_one_group() => Assert.True(Inputs.IsChoice(Choose([.. Enumerable.Repeat(3.0, 9)], keep: 4, epochOfRun: 5), 9, 4));

    [Fact]
    public void The_count_is_exact_for_any_losses() =>
        Inputs.Check(Inputs.Any(), input => Inputs.IsChoice(Choose([.. input.Scores.Select(Math.Abs)], input.Keep, epochOfRun: 13, share: 0.4), input.Scores.Length, input.Keep));

    private static int[] Choose(double[] losses, int keep, long epochOfRun, double share = 0.9) =>
        new SlidingWindowRule(5, share).Choose(Inputs.Of(losses, keep, epochOfRun: epochOfRun, epoch: (int)epochOfRun)).Places;
}
