using Federated.Methods.Experiments;
using Federated.Methods.Pretraining;
using Xunit;

namespace Federated.Methods.Tests.Pretraining;

/// <summary>Files of <c>federated pretrain</c>: read, written and refused as experiments are.</summary>
public sealed class PretrainSpecTests
{
    private const string Shortest = "name: m\ndata: { set: synthetic }\nmodel: { name: cnn }\n";

    private static readonly ExperimentReader Reader = new(ExperimentVocabulary.OfCatalogs);

    [Fact]
    public void The_shortest_file_gives_every_default()
    {
        PretrainSpec spec = Parse(Shortest);
        Assert.Equal(new PretrainSpec { Name = "m", Data = new DataSpec { Set = "synthetic" }, Model = new ModelSpec { Name = "cnn" } }, spec);
        Assert.Equal(("adamw", 0.05), (spec.Training.Optimizer.Kind, spec.Training.Optimizer.WeightDecay));
    }

    [Fact]
    public void What_is_written_is_read_back()
    {
        PretrainSpec spec = Parse(Shortest + "seed: 7\ntraining: { epochs: 3, gradientClipping: 1, optimizer: { kind: sgd, nesterov: true }, learningRate: { peak: 0.1, warmupEpochs: 0.5 } }\n", "training.epochs=4");
        Assert.Equal(4, spec.Training.Epochs);
        Assert.Equal(spec, Parse(ExperimentWriter.ToYaml(spec)));
    }

    [Theory]
    [InlineData("training: { epoch: 3 }", "f.yaml:4:13: training.epoch: `training` has no such key; did you mean 'epochs'?")]
    [InlineData("rounds: 3", "f.yaml:4:1: rounds: a pre-training has no such key; its keys are: name, seed, data, model, training, evaluation")]
    [InlineData("training: { learningRate: { warmupEpochs: 20 } }", "20 epochs of warm-up are more than the 10 there are")]
    [InlineData("training: { learningRate: { final: 1 } }", "the final rate 1 is above the peak 0.001")]
    [InlineData("training: { optimizer: { momentum: 0.5 } }", "`momentum` is only used by kind sgd, and kind is adamw")]
    [InlineData("training: { optimizer: { kind: sgd, momentum: 0, nesterov: true } }", "needs a momentum above 0")]
    [InlineData("seed: -1", "seed: expected a whole number")]
    public void A_mistake_is_named_with_its_place(string line, string message)
    {
        ExperimentFileException mistake = Assert.Throws<ExperimentFileException>(() => Parse(Shortest + line + "\n"));
        Assert.Contains(message, mistake.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("data.set=cifar", "there is no data set 'cifar'; did you mean 'cifar-10'?")]
    [InlineData("model.name=cnm", "there is no model 'cnm'; did you mean 'cnn'?")]
    [InlineData("data.padTo=8", "do not fit into 8")]
    [InlineData("data.set=", "data.set: the value is missing")]
    public void Names_and_sizes_are_checked_too(string change, string message) =>
        Assert.Contains(message, Assert.Throws<ExperimentFileException>(() => Parse(Shortest, change)).Message, StringComparison.Ordinal);

    private static PretrainSpec Parse(string text, params string[] changes) => Reader.ParsePretraining(text, "f.yaml", changes);
}
