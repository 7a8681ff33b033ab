using Federated.Engine.Randomness;
using Federated.Methods.DataPruning;
using Federated.Methods.DataPruning.State;
using Federated.Methods.Experiments;
using Xunit;

namespace Federated.Methods.Tests.DataPruning;

public sealed class DataPrunerTests
{
    private const int Classes = 3;

    public static TheoryData<string> Kinds => ["none", "random", "rs2", "el2n", "grand", "forgetting", "ccs", "seta", "infobatch", "prototypes"];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Every_epoch_has_exactly_the_planned_number_of_samples_and_the_same_ones_again(string kind)
    {
        ExperimentSpec experiment = SampleBudgetTests.With(kind);
        foreach (int count in (int[])[1, 2, 7, 40])
        {
            List<int[]> first = Run(experiment, count, forget: false);
            Assert.Equal(16, first.Count);
            for (int i = 0; i < first.Count; i++)
                Assert.True(Inputs.IsChoice(first[i], count, SampleBudget.OfEpoch(experiment, count, 1 + (i / 2), i % 2)));
            Assert.Equal(first, Run(experiment, count, forget: false));
        }
    }

    [Theory]
    [InlineData("forgetting")]
    [InlineData("ccs")]
    [InlineData("seta")]
    [InlineData("infobatch")]
    public void What_is_remembered_decides_about_later_rounds(string kind)
    {
        ExperimentSpec experiment = SampleBudgetTests.With(kind);
        Assert.NotEqual(Run(experiment, 40, forget: false), Run(experiment, 40, forget: true));
        Assert.Equal(DataPruner.StateBytes(experiment, 40), Pruner(experiment, 40, 1, null).State!.Length);
    }

    [Theory]
    [InlineData("random")]
    [InlineData("el2n")]
    [InlineData("prototypes")]
    public void Others_remember_nothing(string kind)
    {
        ExperimentSpec experiment = SampleBudgetTests.With(kind);
        Assert.Null(Pruner(experiment, 5, 1, null).State);
        Assert.Equal(0, DataPruner.StateBytes(experiment, 5));
    }

    [Fact]
    public void Scores_of_a_look_hold_for_the_whole_round()
    {
        // Logits (place, 0, 0) of class 0: the first samples have the largest error.
        DataPruner pruner = Pruner(SampleBudgetTests.With("el2n", keepFraction: 0.5), 6, round: 1, remembered: null, labels: new int[6]);
        pruner.Scan((samples, say) =>
        {
            for (int place = samples.Length - 1; place >= 0; place--)
                say(place, [place, 0, 0], []);
        });
        Assert.Equal([0, 1, 2], pruner.Choose(0).Places);
        Assert.Equal([0, 1, 2], pruner.Choose(1).Places);
    }

    [Fact]
    public void The_hardest_samples_of_margins_are_the_lowest_ones()
    {
        // All but the hardest 40 % (two of five) are kept, and the hardest are the samples 0 and 1.
        ExperimentSpec experiment = SampleBudgetTests.With("ccs", keepFraction: 0.6);
        experiment = experiment with { Training = experiment.Training with { DataPruning = experiment.Training.DataPruning with { HardestDropped = 0.4, Strata = 2 } } };
        foreach (string score in (string[])["aum", "el2n"])
        {
            ExperimentSpec scored = experiment with { Training = experiment.Training with { DataPruning = experiment.Training.DataPruning with { Score = score } } };
            DataPruner pruner = Pruner(scored, 5, 1, null, labels: new int[5]);
            pruner.Scan((samples, say) =>
            {
                for (int place = 0; place < samples.Length; place++)
                    say(place, [place, 0, 0], []);
            });
            Assert.Equal([2, 3, 4], pruner.Choose(0).Places);
        }
    }

    [Theory]
    [InlineData("far", new[] { 2, 5 })]
    [InlineData("near", new[] { 0, 3 })]
    public void Prototypes_keep_the_far_or_the_near(string keep, int[] expected)
    {
        ExperimentSpec experiment = SampleBudgetTests.With("prototypes", keepFraction: 0.34);
        experiment = experiment with { Training = experiment.Training with { DataPruning = experiment.Training.DataPruning with { Keep = keep, Clusters = 2 } } };
        DataPruner pruner = Pruner(experiment, 6, 1, null);
        // Clusters {1, 0, 5} around 2 and {101, 100, 105} around 102.
        float[] features = [1, 0, 5, 101, 100, 105];
        pruner.Scan((samples, say) =>
        {
            for (int place = 0; place < samples.Length; place++)
                say(place, [0, 0, 0], [features[place]]);
        });
        Assert.Equal(expected, pruner.Choose(0).Places);
    }

    [Fact]
    public void What_is_remembered_of_other_samples_is_refused()
    {
        ExperimentSpec experiment = SampleBudgetTests.With("forgetting");
        byte[] state = Pruner(experiment, 5, 1, null).State!;
        Assert.Throws<PruningStateException>(() => Pruner(experiment, 6, 2, state));
        Assert.Throws<PruningStateException>(() => Pruner(SampleBudgetTests.With("seta"), 5, 2, state));
    }

    /// <summary>Eight rounds of two epochs, with a model that gets better at random.</summary>
    private static List<int[]> Run(ExperimentSpec experiment, int count, bool forget)
    {
        var epochs = new List<int[]>();
        byte[]? state = null;
        for (int round = 1; round <= experiment.Rounds; round++)
        {
            DataPruner pruner = Pruner(experiment, count, round, forget ? null : state);
            var random = new KeyedRandom(new RandomKey(5, RandomPurpose.Synthetic, round));
            pruner.Scan((samples, say) =>
            {
                for (int place = 0; place < samples.Length; place++)
                    say(place, [random.NextSingle(), random.NextSingle(), random.NextSingle()], [random.NextSingle(), random.NextSingle()]);
            });
            for (int epoch = 0; epoch < experiment.Training.Epochs; epoch++)
            {
                int[] chosen = pruner.Choose(epoch).Places;
                epochs.Add(chosen);
                foreach (int place in chosen)
                    pruner.Trained(place, random.NextDouble());
            }

            state = pruner.State;
        }

        return epochs;
    }

    private static DataPruner Pruner(ExperimentSpec experiment, int count, int round, byte[]? remembered, int[]? labels = null) =>
        new(experiment, client: 4, round, [.. Enumerable.Range(0, count).Select(static i => (3 * i) + 1)], labels ?? [.. Enumerable.Range(0, count).Select(static i => i % Classes)], Classes, remembered);
}
