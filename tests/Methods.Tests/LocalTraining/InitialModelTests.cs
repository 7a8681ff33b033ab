using Federated.Engine.Models;
using Federated.Engine.Networks;
using Federated.Engine.Storage;
using Federated.Methods.Experiments;
using Federated.Methods.LocalTraining;
using Xunit;

namespace Federated.Methods.Tests.LocalTraining;

public sealed class InitialModelTests : IDisposable
{
    private static readonly NetworkPlan Plan = ModelCatalog.Create("logistic-regression", new ModelInput(1, 2, 2, 3));

    private readonly string folder = Directory.CreateTempSubdirectory("initial").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Without_a_checkpoint_the_seed_decides() =>
        Assert.Equal(Initialization.Values(Plan, 5), InitialModel.Dense(Plan, new ExperimentSpec { Seed = 5 }).Values);

    [Fact]
    public void A_checkpoint_replaces_the_values_it_has()
    {
        string path = Path.Combine(folder, "model.safetensors");
        SafeTensorsFile.Write(path, [NamedTensor.FromSingles("fc.weight", [3, 4], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])]);
        var experiment = new ExperimentSpec { Seed = 5, Model = new ModelSpec { Name = "logistic-regression", Checkpoint = path } };
        float[] values = InitialModel.Dense(Plan, experiment).Values;
        Assert.Equal([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], values[..12]);
        Assert.Equal(Initialization.Values(Plan, 5)[12..], values[12..]);
    }

    [Fact]
    public void A_checkpoint_that_is_not_there_is_an_error()
    {
        var experiment = new ExperimentSpec { Model = new ModelSpec { Name = "logistic-regression", Checkpoint = Path.Combine(folder, "none") } };
        Assert.Throws<PretrainedValuesException>(() => InitialModel.Dense(Plan, experiment));
    }
}
