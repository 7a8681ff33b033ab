using Federated.Methods.DataPruning.Rules;
using FsCheck.Fluent;
using Xunit;

namespace Federated.Methods.Tests.DataPruning;

public sealed class HighestScoreRuleTests
{
    [Fact]
    public void The_highest_scores_are_kept_and_equal_ones_in_the_order_of_samples() =>
        Assert.Equal([1, 2, 4], Choose([0.1, 0.9, 0.5, 0.2, 0.5, 0.5], keep: 3));

    [Fact]
    public void Samples_that_were_never_right_come_first() =>
        Assert.Equal([1, 3], Choose([5, double.PositiveInfinity, 7, double.PositiveInfinity], keep: 2));

    [Fact]
    public void The_offset_passes_over_the_very_highest_as_far_as_enough_are_left()
    {
        double[] scores = [6, 5, 4, 3, 2, 1];
        Assert.Equal([2, 3], Choose(scores, keep: 2, offset: 0.34)); // ⌊0.34 · 6⌋ = 2
        Assert.Equal([2, 3, 4, 5], Choose(scores, keep: 4, offset: 0.9)); // 5 asked for, 2 can go
    }

    [Fact]
    public void Every_class_keeps_its_floor()
    {
        // By score class 0 would take all four places.
        int[] labels = [0, 0, 0, 0, 1, 1, 1, 2];
        double[] scores = [8, 7, 6, 5, 4, 3, 2, 1];
        Assert.Equal([0, 1, 2, 3], Choose(scores, keep: 4, labels: labels));
        Assert.Equal([0, 1, 4, 7], Choose(scores, keep: 4, labels: labels, floor: 1));
        // Two of each would be five, of class 2 there is one: 2 + 2 + 1 > 4, so that the floor is 1.
        Assert.Equal([0, 1, 4, 7], Choose(scores, keep: 4, labels: labels, floor: 2));
        Assert.Equal([0, 1, 4, 5, 7], Choose(scores, keep: 5, labels: labels, floor: 2));
        // Fewer places than classes: no floor at all, and the scores decide.
        Assert.Equal([0, 1], Choose(scores, keep: 2, labels: labels, floor: 2));
    }

    [Fact]
    public void A_client_with_one_class_is_pruned_by_score_whatever_the_floor() =>
        Assert.Equal([0, 2], Choose([3, 1, 2], keep: 2, labels: [5, 5, 5], floor: 1));

    [Fact]
    public void The_count_is_exact_and_the_floor_holds() =>
        Inputs.Check(
            from input in Inputs.Any()
            from floor in Gen.Choose(0, 5)
            select (input, floor),
            test =>
            {
                (double[] scores, int[] labels, int keep) = test.input;
                int[] chosen = Choose(scores, keep, labels, test.floor);
                int[] sizes = [.. Enumerable.Range(0, 4).Select(label => labels.Count(l => l == label))];
                int reached = Enumerable.Range(0, test.floor + 1).Last(floor => sizes.Sum(size => Math.Min(size, floor)) <= keep);
                bool holds = sizes.Select((size, label) => chosen.Count(place => labels[place] == label) >= Math.Min(size, reached)).All(static ok => ok);
                return Inputs.IsChoice(chosen, scores.Length, keep) && holds && chosen.SequenceEqual(Choose(scores, keep, labels, test.floor));
            });

    [Fact]
    public void Within_a_class_nobody_is_kept_before_a_higher_score() =>
        Inputs.Check(
            Inputs.Any(),
            input =>
            {
                int[] chosen = Choose(input.Scores, input.Keep, input.Labels, floor: 2);
                return Enumerable.Range(0, input.Scores.Length).Except(chosen)
                    .All(left => chosen.All(kept => input.Labels[kept] != input.Labels[left] || input.Scores[kept] >= input.Scores[left]));
            });

    private static int[] Choose(double[] scores, int keep, int[]? labels = null, int floor = 0, double offset = 0) =>
        new HighestScoreRule(floor, offset).Choose(Inputs.Of(scores, keep, labels)).Places;
}
