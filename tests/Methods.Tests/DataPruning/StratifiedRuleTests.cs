using Federated.Methods.DataPruning.Rules;
using Xunit;

namespace Federated.Methods.Tests.DataPruning;

public sealed class StratifiedRuleTests
{
    [Fact]
    public void Small_strata_give_all_and_what_they_lack_falls_to_the_large_ones()
    {
        // Intervals [0, 1), [1, 2), [2, 3]: 2, 1 and 6 samples. Six to keep: 1 of 1 (⌊6/3⌋ = 2), 2 of 2 (⌊5/2⌋ = 2), 3 of 6.
        double[] scores = [0, 0.5, 1.5, 2, 2.2, 2.4, 2.6, 2.8, 3];
        int[] chosen = Choose(scores, keep: 6, strata: 3);
        Assert.Equal([0, 1, 2], chosen[..3]);
        Assert.Equal(6, chosen.Length);
        Assert.All(chosen[3..], place => Assert.InRange(place, 3, 8));
    }

    [Fact]
    public void The_highest_score_lies_in_the_last_stratum_even_where_all_are_negative()
    {
        // A last edge of max · 1.0001 would lie below a negative maximum and leave it outside.
        double[] scores = [-3, -2, -1];
        for (int round = 1; round < 20; round++)
            Assert.Equal([0, 1, 2], Choose(scores, keep: 3, strata: 2, round: round));
        Assert.Contains(2, Choose(scores, keep: 2, strata: 2)); // alone in its stratum: [−3, −2), [−2, −1] has −2 and −1
    }

    [Fact]
    public void What_is_left_out_as_too_hard_is_never_chosen_and_places_are_those_of_all_samples()
    {
        // The two hardest are at the places 0 and 2: positions among the others would be off by one or two.
        double[] scores = [9, 1, 8, 2, 3, 4, 5, 6];
        for (int round = 1; round < 30; round++)
        {
            int[] chosen = Choose(scores, keep: 4, strata: 3, dropped: 0.25, round: round);
            Assert.True(Inputs.IsChoice(chosen, 8, 4));
            Assert.DoesNotContain(0, chosen);
            Assert.DoesNotContain(2, chosen);
        }

        // Six are left and six are to be kept: all of them, and none of the hardest.
        Assert.Equal([1, 3, 4, 5, 6, 7], Choose(scores, keep: 6, strata: 3, dropped: 0.25));
        // Seven are to be kept: only one can be left out.
        Assert.Equal([1, 2, 3, 4, 5, 6, 7], Choose(scores, keep: 7, strata: 3, dropped: 0.25));
    }

    [Fact]
    public void Equal_scores_are_one_stratum() => Assert.True(Inputs.IsChoice(Choose([2, 2, 2, 2, 2], keep: 3, strata: 50), 5, 3));

    [Fact]
    public void Classes_of_different_sizes_are_not_counted_as_the_last_one()
    {
        // A Dirichlet client: 12, 2 and 1 samples. Nothing here depends on how many samples a class has.
        int[] labels = [.. Enumerable.Repeat(0, 12), 1, 1, 2];
        double[] scores = [.. Enumerable.Range(0, 15).Select(static i => (double)i)];
        int[] chosen = new StratifiedRule(5, 0).Choose(Inputs.Of(scores, 10, labels)).Places;
        Assert.Equal(chosen, new StratifiedRule(5, 0).Choose(Inputs.Of(scores, 10, [.. labels.Reverse()])).Places);
        Assert.Equal(10, chosen.Length);
        // Five strata of three: two of each.
        Assert.All(Enumerable.Range(0, 5), stratum => Assert.Equal(2, chosen.Count(place => place / 3 == stratum)));
    }

    [Fact]
    public void The_count_is_exact_for_any_scores() =>
        Inputs.Check(
            Inputs.Any(),
            input => Inputs.IsChoice(Choose(input.Scores, input.Keep, strata: 7, dropped: 0.3), input.Scores.Length, input.Keep)
                && Choose(input.Scores, input.Keep, strata: 7).SequenceEqual(Choose(input.Scores, input.Keep, strata: 7)));

    private static int[] Choose(double[] scores, int keep, int strata, double dropped = 0, int round = 1) =>
        new StratifiedRule(strata, dropped).Choose(Inputs.Of(scores, keep, round: round)).Places;
}
