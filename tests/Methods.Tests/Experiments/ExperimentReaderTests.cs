using Federated.Engine.Models;
using Federated.Engine.Networks;
using Federated.Methods.Experiments;
using Federated.Methods.FedAvg;
using Federated.Methods.FedTiny;
using Federated.Methods.FixedMask;
using Xunit;

namespace Federated.Methods.Tests.Experiments;

public sealed class ExperimentReaderTests
{
    [Fact]
    public void The_shortest_file_gives_every_default()
    {
        ExperimentSpec expected = new() { Name = "small", Data = new() { Set = "synthetic" }, Model = new() { Name = "tiny" }, Method = new FedAvgSpec() };

        Assert.Equal(expected, Samples.Parse(Samples.Shortest));
    }

    [Fact]
    public void A_vision_transformers_shape_is_read()
    {
        ExperimentSpec spec = Samples.Parse(Samples.Shortest, "model.name=vit", "model.depth=2", "model.dimension=24", "model.heads=3", "model.patch=7", "model.dropout=0.1", "model.checkpoint=a/b.safetensors");

        Assert.Equal(new ModelSpec { Name = "vit", Depth = 2, Dimension = 24, Heads = 3, Patch = 7, Dropout = 0.1, Checkpoint = "a/b.safetensors" }, spec.Model);
        NetworkPlan plan = spec.Model.CreatePlan(new ModelInput(1, 28, 28, 10), ModelExtras.None);
        Assert.Equal(4, plan.Parameters.BlockCount);
        Assert.Equal([1, 17, 24], plan.Parameters.Tensors[plan.Parameters.IndexOf("pos_embed")].Shape.AsSpan());
        Assert.Equal(16, Patch(new ModelSpec { Name = "vit-tiny" }));
        Assert.Equal(8, Patch(new ModelSpec { Name = "vit-tiny", Patch = 8 }));
        Assert.Equal(4, Patch(new ModelSpec { Name = "vit" }));

        static int Patch(ModelSpec model) => model.CreatePlan(new ModelInput(3, 32, 32, 10), ModelExtras.None).Parameters.Tensors[0].Shape[2];
    }

    [Theory]
    [InlineData("model.name=resnet-20", "model.depth=2", "`depth` is only used by name vit, and name is resnet-20")]
    [InlineData("model.name=vit-base", "model.heads=2", "`heads` is only used by name vit, and name is vit-base")]
    [InlineData("model.name=resnet-20", "model.patch=2", "`patch` is only used by name vit or vit-tiny or vit-small or vit-base")]
    [InlineData("model.name=vit", "model.width=0.5", "a width of 0.5 has no meaning for vit")]
    [InlineData("model.name=vit", "model.heads=5", "5 heads do not divide the dimension of 128")]
    public void Options_that_do_not_fit_the_model_are_refused(string name, string option, string problem) =>
        Assert.Contains(problem, Samples.Fails(Samples.Shortest, name, option).Message, StringComparison.Ordinal);

    [Fact]
    public void Every_kind_of_value_is_read()
    {
        ExperimentSpec spec = Samples.Parse("""
            name: "quoted.name"
            seed: 18446744073709551615
            rounds: 7
            data:
              set: cifar-10
              path: "/a b/ü"
              augmentation: { crop: 4, flip: true }
            clients:
              count: 30
              perRound: 30
              developmentFraction: 2.5e-1
              partition:
                kind: dirichlet
                alpha: 1e-1
              devices:
                - profile: board
                  share: 3
                  memoryBytes: 9000000000
                - { profile: phone, flopsPerSecond: 1e12 }
            model: { name: resnet-20 }
            training:
              optimizer:
                weightDecay: 5e-4
            method:
              density: 0.02
              name: fedtiny
              progressive:
                granularity: layer
            """);

        Assert.Equal("quoted.name", spec.Name);
        Assert.Equal(ulong.MaxValue, spec.Seed);
        Assert.Equal(7, spec.Rounds);
        Assert.Equal("/a b/ü", spec.Data.Path);
        Assert.Equal(new AugmentationSpec { Crop = 4, Flip = true }, spec.Data.Augmentation);
        Assert.Equal(0.25, spec.Clients.DevelopmentFraction);
        Assert.Equal(0.1, spec.Clients.Partition.Alpha);
        Assert.Equal<DeviceShareSpec>([new() { Profile = "board", Share = 3, MemoryBytes = 9_000_000_000 }, new() { FlopsPerSecond = 1e12 }], spec.Clients.Devices);
        Assert.Equal(5e-4, spec.Training.Optimizer.WeightDecay);
        Assert.Equal(new FedTinySpec { Density = 0.02, Progressive = new() { Granularity = "layer" } }, spec.Method);
    }

    [Fact]
    public void A_section_keeps_the_defaults_its_method_gives_it()
    {
        ExperimentSpec spec = Samples.Parse(Samples.Shortest.Replace("fedavg", "fixed-mask\n  pretraining:\n    epochs: 9", StringComparison.Ordinal));

        Assert.Equal(new FixedMaskSpec { Pretraining = new() { SamplesPerClass = 0, Epochs = 9 } }, spec.Method);
    }

    [Theory]
    [InlineData("rounds: 3\nroundz: 4", 9, 1, "roundz", "an experiment has no such key; did you mean 'rounds'?")]
    [InlineData("training:\n  epoch: 3", 9, 3, "training.epoch", "`training` has no such key; did you mean 'epochs'?")]
    [InlineData("training:\n  colour: 3", 9, 3, "training.colour", "its keys are: epochs, batchSize")]
    [InlineData("rounds: 3\nrounds: 4", 9, 1, "rounds", "the key is here twice, first at e.yaml:8:1; remove one of the two")]
    [InlineData("rounds: many", 8, 9, "rounds", "expected a whole number and found the value 'many'; give a number, 1 to 1000000")]
    [InlineData("rounds: 1.5", 8, 9, "rounds", "expected a whole number")]
    [InlineData("rounds: 99999999999", 8, 9, "rounds", "expected a whole number")]
    [InlineData("rounds: \"3\"", 8, 9, "rounds", "found the text \"3\"; remove the quotes")]
    [InlineData("rounds: 0", 8, 9, "rounds", "0 is out of range; choose 1 to 1000000")]
    [InlineData("rounds:", 8, 1, "rounds", "the key has no value; give one, or remove the key for its default")]
    [InlineData("rounds: null", 8, 1, "rounds", "the key has no value")]
    [InlineData("rounds: [1]", 8, 9, "rounds", "expected one value and found a list")]
    [InlineData("rounds: { a: 1 }", 8, 9, "rounds", "expected one value and found a section of keys")]
    [InlineData("seed: -1", 8, 7, "seed", "expected a whole number from 0 to 18446744073709551615")]
    [InlineData("evaluation: 3", 8, 13, "evaluation", "expected a section of keys and found the value '3'; its keys are: every")]
    [InlineData("clients:\n  devices: phone", 9, 12, "clients.devices", "expected a list")]
    [InlineData("clients:\n  devices: [phone]", 9, 13, "clients.devices.0", "expected a section of keys")]
    [InlineData("clients:\n  devices: [{ share: 2 }]", 9, 13, "clients.devices.0.profile", "the value is missing")]
    [InlineData("clients:\n  devices: [{ profile: phne }]", 9, 24, "clients.devices.0.profile", "there is no device profile 'phne'; did you mean 'phone'?")]
    [InlineData("clients:\n  count: 4\n  perRound: 5", 10, 13, "clients.perRound", "5 clients per round are more than the 4 there are")]
    [InlineData("clients:\n  perRound: 11", 9, 13, "clients.perRound", "11 clients per round are more than the 10 there are")]
    [InlineData("clients:\n  developmentFraction: .nan", 9, 24, "clients.developmentFraction", "expected a number")]
    [InlineData("clients:\n  developmentFraction: NaN", 9, 24, "clients.developmentFraction", "expected a number")]
    [InlineData("clients:\n  developmentFraction: Infinity", 9, 24, "clients.developmentFraction", "expected a number")]
    [InlineData("clients:\n  partition:\n    kind: dirichlett", 10, 11, "clients.partition.kind", "did you mean 'dirichlet'?")]
    [InlineData("clients:\n  partition:\n    alpha: 3", 10, 5, "clients.partition.alpha", "`alpha` is only used by kind dirichlet, and kind is iid")]
    [InlineData("training:\n  optimizer:\n    kind: adam\n    momentum: 0.5", 11, 5, "training.optimizer.momentum", "`momentum` is only used by kind sgd, and kind is adam")]
    [InlineData("training:\n  learningRate:\n    final: 0.5", 10, 5, "training.learningRate.final", "only used by kind cosine")]
    [InlineData("training:\n  learningRate: { kind: cosine, final: 0.5 }", 9, 40, "training.learningRate.final", "is above the initial rate 0.05")]
    [InlineData("training:\n  optimizer:\n    momentum: 0\n    nesterov: true", 11, 15, "training.optimizer.nesterov", "needs a momentum above 0")]
    [InlineData("training:\n  optimizer:\n    nesterov: yes", 10, 15, "training.optimizer.nesterov", "expected true or false and found the value 'yes'; write true")]
    [InlineData("training:\n\tepochs: 3", 9, 1, "", "a tab stands in the indentation, which YAML does not allow; indent with spaces")]
    [InlineData("training: {", 9, 1, "", "this is not valid YAML")]
    [InlineData("a: &x 3", 8, 4, "", "the anchor &x is not supported")]
    [InlineData("a: *x", 8, 4, "", "the alias *x is not supported")]
    [InlineData("a: !!int 3", 8, 4, "", "the tag tag:yaml.org,2002:int is not supported")]
    [InlineData("[a]: 3", 8, 1, "", "a key must be a word and this is a list")]
    [InlineData("---\nname: b", 8, 1, "", "a second document starts here")]
    public void A_wrong_line_is_named_with_its_place_and_the_way_out(string line, int row, int column, string path, string message)
    {
        ExperimentFileException problem = Samples.Fails(Samples.Shortest + "\n" + line + "\n");

        Assert.Contains(message, problem.Message, StringComparison.Ordinal);
        Assert.Equal((new SourcePosition("e.yaml", row, column), path), (problem.Position, problem.KeyPath));
        Assert.StartsWith($"e.yaml:{row}:{column}: {path}", problem.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', problem.Message);
    }

    [Theory]
    [InlineData("name: small", "name: a/b", "'a/b' does not have the form")]
    [InlineData("name: small", "name: \"\"", "the text is empty")]
    [InlineData("name: small", "", "name: the value is missing; add it (Name of the experiment")]
    [InlineData("name: fedavg", "name: fedtyni", "there is no method 'fedtyni'; did you mean 'fedtiny'?")]
    [InlineData("name: fedavg", "name: gossip", "choose one of: fedavg, ")]
    [InlineData("name: fedavg", "density: 0.1", "the method's name is missing")]
    [InlineData("name: fedavg", "name: [fedavg]", "expected the name of a method and found a list")]
    [InlineData("name: fedavg", "name: fedavg\n  density: 0.1", "method.density: `method` has no such key")]
    [InlineData("method:\n  name: fedavg", "method: fedavg", "expected a section of keys and found the value 'fedavg'")]
    [InlineData("method:\n  name: fedavg", "", "method: the value is missing")]
    [InlineData("model:\n  name: tiny", "", "model.name: the value is missing")]
    [InlineData("name: tiny", "name: resnet20", "there is no model 'resnet20'; did you mean 'resnet-20'?")]
    [InlineData("set: synthetic", "set: cifar10", "there is no data set 'cifar10'; did you mean 'cifar-10'?")]
    [InlineData("set: synthetic", "set: cifar-10\n  padTo: 28", "images of cifar-10 are 32 pixels wide and do not fit into 28")]
    [InlineData("set: synthetic", "set: synthetic\n  augmentation: { cutout: 29 }", "a hole of 29 pixels is larger than the image of 28")]
    public void A_wrong_part_of_the_file_is_explained(string part, string instead, string message) =>
        Assert.Contains(message, Samples.Fails(Samples.Shortest.Replace(part, instead, StringComparison.Ordinal)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("", "the file is empty")]
    [InlineData("\n# only a comment\n", "the file is empty")]
    [InlineData("---\n", "the file is empty")]
    [InlineData("- a\n- b", "expected keys such as `name:` and `rounds:` and found a list")]
    [InlineData("hello", "found the value 'hello'")]
    public void A_file_without_keys_is_explained(string text, string message) =>
        Assert.Contains(message, Samples.Fails(text).Message, StringComparison.Ordinal);

    [Fact]
    public void A_very_deep_file_is_refused() =>
        Assert.Contains("nested more than", Samples.Fails(Samples.Shortest + "\nx: " + new string('[', 100_000)).Message, StringComparison.Ordinal);

    [Fact]
    public void Files_that_cannot_be_read_are_explained()
    {
        string folder = Directory.CreateTempSubdirectory("federated-reader").FullName;
        try
        {
            string good = Path.Combine(folder, "quickstart.yaml"), long_ = Path.Combine(folder, "long.yaml"), binary = Path.Combine(folder, "binary.yaml");
            File.WriteAllText(good, "\uFEFF" + Samples.Shortest);
            File.WriteAllText(long_, Samples.Shortest + "\n#" + new string('x', ExperimentReader.LongestFile));
            File.WriteAllBytes(binary, [(byte)'a', 0xff, 0xfe]);

            Assert.Equal("small", Samples.Reader.ReadFile(good, []).Name);
            Assert.Contains("longer than 1000000 bytes", Fails(long_), StringComparison.Ordinal);
            Assert.Contains("byte 1 is not UTF-8 text", Fails(binary), StringComparison.Ordinal);
            Assert.Contains("this is a folder", Fails(folder), StringComparison.Ordinal);
            Assert.Contains("there is no such file; did you mean 'quickstart.yaml'?", Fails(Path.Combine(folder, "quikstart.yaml")), StringComparison.Ordinal);
            Assert.Contains("there is no such file; check the path", Fails(Path.Combine(folder, "none", "a.yaml")), StringComparison.Ordinal);
            Assert.Contains("cannot be read", Fails("a\0b"), StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }

        static string Fails(string path) => Assert.Throws<ExperimentFileException>(() => Samples.Reader.ReadFile(path, [])).Message;
    }
}
