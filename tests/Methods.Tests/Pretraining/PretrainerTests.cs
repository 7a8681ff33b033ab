using Federated.Methods.Data;
using Federated.Methods.Experiments;
using Federated.Methods.Pretraining;
using Federated.Methods.Server;
using Xunit;

namespace Federated.Methods.Tests.Pretraining;

public sealed class PretrainerTests
{
    private static readonly DataSet Data = SyntheticSet.Create(new SyntheticOptions { Size = 12, TrainCount = 200, TestCount = 60, Classes = 4 });

    private static readonly PretrainSpec Spec = new()
    {
        Data = new DataSpec { Set = "synthetic", Augmentation = new AugmentationSpec { Crop = 1, Flip = true } },
        Model = new ModelSpec { Name = "cnn", Width = 0.125 },
        Training = new PretrainTrainingSpec { Epochs = 3, BatchSize = 48, GradientClipping = 1, LearningRate = new WarmupCosineSpec { Peak = 0.01 } },
        Evaluation = new PretrainEvaluationSpec { Every = 2 },
    };

    [Fact]
    public void Training_learns_and_neither_threads_nor_estimates_change_a_bit()
    {
        using Pretrainer one = new(Spec, Data, threads: 1);
        using Pretrainer two = new(Spec, Data, threads: 2);
        two.EstimateSeconds(TimeProvider.System);
        double before = one.Evaluate(CancellationToken.None).Loss;
        List<PretrainEpoch> records = [];
        while (one.Epochs < 3)
        {
            records.Add(one.TrainEpoch(CancellationToken.None, static _ => { })!);
            PretrainEpoch other = two.TrainEpoch(CancellationToken.None, static _ => { })!;
            Assert.Equal(records[^1], other);
        }

        Assert.Equal(one.Model.Sha256(), two.Model.Sha256());
        Evaluation evaluation = one.Evaluate(CancellationToken.None);
        Assert.True(evaluation.Loss < before, $"{before} became {evaluation.Loss}");
        Assert.True(records[2].TrainingLoss < records[0].TrainingLoss);
        Assert.Equal([1, 2, 3], records.Select(static record => record.Epoch));
        Assert.Equal(0.01, records[0].LearningRate, 12);
    }

    [Fact]
    public void Stopped_after_any_step_and_restored_elsewhere_it_goes_on_to_the_same_bits()
    {
        using Pretrainer whole = new(Spec, Data, threads: 1);
        List<PretrainEpoch> records = Finish(whole);

        PretrainState? state = null;
        List<PretrainEpoch> pieces = [];
        bool isOver = false;
        while (!isOver)
        {
            using Pretrainer piece = new(Spec, Data, threads: 1);
            if (state is not null)
                piece.Restore(state);
            using CancellationTokenSource stop = new();
            int left = 2;
            PretrainEpoch? record = piece.TrainEpoch(stop.Token, _ =>
            {
                if (--left == 0)
                    stop.Cancel();
            });
            if (record is not null)
                pieces.Add(record);
            state = piece.Save();
            isOver = piece.Epochs == 3;
            if (isOver)
                Assert.Equal(whole.Model.Sha256(), piece.Model.Sha256());
        }

        Assert.Equal(records, pieces);
    }

    [Fact]
    public void The_budget_is_three_forward_passes_a_sample_and_one_a_test_image()
    {
        using Pretrainer trainer = new(Spec, Data, threads: 1);

        // Evaluated after epochs 2 and 3.
        Assert.Equal(2.0 * trainer.Plan.MultiplyAdds() * ((3 * 200 * 3) + (2 * 60)), trainer.Flops);
        Assert.Equal((5, 15), (trainer.StepsPerEpoch, trainer.Steps));
        Assert.Equal([false, true, true], Enumerable.Range(1, 3).Select(trainer.IsEvaluated));
        Assert.Equal(1, trainer.Evaluations(2));
    }

    [Fact]
    public void A_loss_that_is_no_number_ends_the_training_with_a_way_out()
    {
        PretrainSpec wild = Spec with { Training = Spec.Training with { Optimizer = new OptimizerSpec(), GradientClipping = 0, LearningRate = new WarmupCosineSpec { Peak = 100, WarmupEpochs = 0 } } };
        using Pretrainer trainer = new(wild, Data, threads: 1);
        TrainingDivergedException diverged = Assert.Throws<TrainingDivergedException>(() => Finish(trainer));
        Assert.Contains("lower training.learningRate.peak", diverged.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_state_of_another_training_is_refused()
    {
        using Pretrainer trainer = new(Spec, Data, threads: 1);
        PretrainState state = trainer.Save();
        Assert.Throws<ArgumentException>(() => trainer.Restore(state with { Step = 16 }));
        Assert.Throws<ArgumentException>(() => trainer.Restore(state with { Values = new float[3] }));
        Assert.Throws<ArgumentException>(() => trainer.Restore(state with { Optimizer = new([], []) }));
    }

    private static List<PretrainEpoch> Finish(Pretrainer trainer)
    {
        List<PretrainEpoch> records = [];
        while (trainer.Epochs < 3)
            records.Add(trainer.TrainEpoch(CancellationToken.None, static _ => { })!);
        return records;
    }
}
