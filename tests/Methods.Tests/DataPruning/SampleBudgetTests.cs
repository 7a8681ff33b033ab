using Federated.Methods.DataPruning;
using Federated.Methods.Experiments;
using Xunit;

namespace Federated.Methods.Tests.DataPruning;

public sealed class SampleBudgetTests
{
    [Theory]
    [InlineData(0.5, 7, 3)]
    [InlineData(0.5, 1, 1)]
    [InlineData(0.1, 9, 1)]
    [InlineData(0.29, 100, 29)] // 0.29 · 100 is 28.999999999999996 in float64
    [InlineData(0.57, 100, 57)]
    [InlineData(1, 13, 13)]
    [InlineData(0.3, 0, 0)]
    public void A_share_is_rounded_down_as_it_is_written_and_is_at_least_one_sample(double share, int samples, int expected) =>
        Assert.Equal(expected, SampleBudget.Kept(share, samples));

    [Fact]
    public void Without_pruning_every_epoch_goes_through_all_samples()
    {
        ExperimentSpec experiment = With("none", epochs: 3);
        Assert.Equal(30, SampleBudget.OfRound(experiment, 10, round: 1));
        Assert.Equal(0, SampleBudget.Scanned(experiment, 10));
    }

    [Theory]
    [InlineData("random", 0)]
    [InlineData("rs2", 0)]
    [InlineData("seta", 0)]
    [InlineData("el2n", 10)]
    [InlineData("grand", 10)]
    [InlineData("forgetting", 10)]
    [InlineData("ccs", 10)]
    [InlineData("prototypes", 10)]
    public void A_round_trains_on_the_kept_share_of_every_epoch_and_looks_at_all_samples_once_where_scores_are_needed(string kind, int scanned)
    {
        ExperimentSpec experiment = With(kind, epochs: 3);
        Assert.Equal(12, SampleBudget.OfRound(experiment, 10, round: 8)); // ⌊0.4 · 10⌋ three times
        Assert.Equal(scanned, SampleBudget.Scanned(experiment, 10));
    }

    [Fact]
    public void InfoBatch_goes_through_all_samples_in_the_last_epochs_of_the_run()
    {
        // 8 rounds of 3 epochs are 24; the last eighth is the epochs 21, 22 and 23: round 8.
        ExperimentSpec experiment = With("infobatch", epochs: 3);
        Assert.Equal(12, SampleBudget.OfRound(experiment, 10, round: 7));
        Assert.Equal(30, SampleBudget.OfRound(experiment, 10, round: 8));
        // 7 rounds of 3 epochs are 21, of which ⌊0.94 · 21⌋ = 19 are thinned: all but the last two.
        Assert.Equal([4, 10, 10], [.. Enumerable.Range(0, 3).Select(epoch => SampleBudget.OfEpoch(experiment with { Rounds = 7, Training = experiment.Training with { DataPruning = experiment.Training.DataPruning with { AnnealAfter = 0.94 } } }, 10, 7, epoch))]);
    }

    internal static ExperimentSpec With(string kind, int epochs = 2, double keepFraction = 0.4) => new()
    {
        Rounds = 8,
        Training = new TrainingSpec { Epochs = epochs, DataPruning = new DataPruningSpec { Kind = kind, KeepFraction = keepFraction } },
    };
}
