using Federated.Methods.DataPruning;
using Federated.Methods.DataPruning.Rules;
using Xunit;

namespace Federated.Methods.Tests.DataPruning;

public sealed class InfoBatchRuleTests
{
    [Fact]
    public void What_is_below_the_mean_is_thinned_and_weighs_more()
    {
        // Mean 2.5: the places 0, 2, 3, 5, 6 and 7 are below. Two of these six go, the others weigh 6/4.
        double[] losses = [1, 6, 1, 1, 7, 1, 1, 2];
        for (int epoch = 0; epoch < 20; epoch++)
        {
            Selection selection = Choose(losses, keep: 6, epoch);
            Assert.True(Inputs.IsChoice(selection.Places, 8, 6));
            Assert.Contains(1, selection.Places);
            Assert.Contains(4, selection.Places);
            Assert.All(selection.Places.Zip(selection.Weights!), chosen => Assert.Equal(chosen.First is 1 or 4 ? 1 : 1.5, chosen.Second));
        }
    }

    [Fact]
    public void The_expected_gradient_is_that_of_all_samples()
    {
        // Over many epochs every sample's mean weight is 1.
        double[] losses = [1, 6, 1, 1, 7, 1, 1, 2];
        double[] sums = new double[8];
        const int epochs = 4000;
        for (int epoch = 0; epoch < epochs; epoch++)
        {
            Selection selection = Choose(losses, keep: 6, epoch);
            for (int i = 0; i < selection.Places.Length; i++)
                sums[selection.Places[i]] += selection.Weights![i];
        }

        // A weight of 0 or 1.5 with probability 1/3 and 2/3 has a standard deviation of 0.71: 4000 epochs give one of 0.011 to the mean.
        Assert.All(sums, sum => Assert.InRange(sum / epochs, 0.95, 1.05));
    }

    [Fact]
    public void Where_too_few_are_below_the_mean_the_next_lowest_are_thinned_as_well()
    {
        // Mean 2.8: only place 0 is below. Two are to go, so that the four lowest are thinned and weigh 2.
        double[] losses = [0, 3, 3.1, 3.2, 4.7];
        for (int epoch = 0; epoch < 20; epoch++)
        {
            Selection selection = Choose(losses, keep: 3, epoch);
            Assert.Contains(4, selection.Places);
            Assert.Equal(1, selection.Weights![^1]);
            Assert.All(selection.Weights[..^1], weight => Assert.Equal(2, weight));
        }
    }

    [Fact]
    public void Below_half_all_samples_are_thinned()
    {
        Selection selection = Choose([1, 2, 3, 4, 5, 6, 7, 8], keep: 2, epoch: 0);
        Assert.Equal([4.0, 4.0], selection.Weights!);
    }

    [Fact]
    public void Before_the_first_epoch_the_choice_is_random()
    {
        double[] unseen = [.. Enumerable.Repeat(3.0, 20)];
        int[][] epochs = [.. Enumerable.Range(0, 30).Select(epoch => Choose(unseen, keep: 15, epoch).Places)];
        // Nobody is left out for the number that it has.
        Assert.Equal(20, epochs.SelectMany(places => Enumerable.Range(0, 20).Except(places)).Distinct().Count());
    }

    [Fact]
    public void Counts_and_the_sum_of_weights_are_exact_for_any_losses() =>
        Inputs.Check(
            Inputs.Any(),
            input =>
            {
                Selection selection = Choose([.. input.Scores.Select(Math.Abs)], input.Keep, epoch: 0);
                double[] weights = selection.Weights ?? [.. selection.Places.Select(static _ => 1.0)];
                return Inputs.IsChoice(selection.Places, input.Scores.Length, input.Keep) && Math.Abs(weights.Sum() - input.Scores.Length) < 1e-9 && weights.All(static weight => weight >= 1);
            });

    private static Selection Choose(double[] losses, int keep, int epoch) => new InfoBatchRule().Choose(Inputs.Of(losses, keep, epoch: epoch));
}
