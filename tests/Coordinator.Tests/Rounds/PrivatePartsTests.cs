using Federated.Engine.Parameters;
using Federated.Methods.Clients;
using Federated.Methods.Experiments;
using Federated.Methods.Federation;
using Federated.Methods.LocalTraining;
using Federated.Methods.SplitFed;
using Federated.Protocol.Accounting;
using Federated.Protocol.Aggregation;
using Federated.Protocol.Payloads;
using Xunit;

namespace Federated.Coordinator.Tests.Rounds;

/// <summary>SplitFed V3: clients whose part of the model is theirs alone.</summary>
public sealed class PrivatePartsTests
{
    private const int Clients = 5;

    [Theory]
    [InlineData("client")]
    [InlineData("server")]
    public async Task Weights_cross_once_down_and_never_up(string labels)
    {
        (_, _, Ledger ledger) = await RecordingNode.RunAsync(SplitTrainingTests.Experiment(new SplitFedSpec { Variant = "v3", Labels = labels }, "sgd"), SplitTrainingTests.Data);

        // What there is to start from, once to each client.
        Assert.True(ledger.Totals.Sum(round: 1, direction: Direction.Down, part: PartKind.FrozenValues) > 0);
        foreach (int round in (int[])[1, 2])
            Assert.Equal(0, WeightBytes(ledger, round, Direction.Up));
        Assert.Equal(0, WeightBytes(ledger, 2, Direction.Down));
        // A kind, the digest of 32 bytes, and the part's header of 3.
        Assert.Equal(Clients * 36, ledger.Totals.Sum(round: 2, direction: Direction.Down, part: PartKind.Reference));
    }

    [Fact]
    public async Task A_client_goes_on_from_its_own_values_and_the_model_has_their_mean()
    {
        ExperimentSpec experiment = SplitTrainingTests.Experiment(new SplitFedSpec { Variant = "v3" }, "sgd");
        // The second round's learning rate is 0: what a client begins with is what it ends with.
        experiment = experiment with { Training = experiment.Training with { LearningRate = new LearningRateSpec { Kind = "cosine", Initial = 0.01, Final = 0 } } };

        (RecordingNode node, SplitTrainingTests.GlobalRun run, _) = await RecordingNode.RunAsync(experiment, SplitTrainingTests.Data);

        for (int client = 0; client < Clients; client++)
            Assert.Equal(node.Values(PartKind.PrivateValues, 1, client), node.Values(PartKind.PrivateValues, 2, client));
        Assert.Equal(Clients, Enumerable.Range(0, Clients).Select(client => string.Join(' ', node.Values(PartKind.PrivateValues, 2, client))).Distinct(StringComparer.Ordinal).Count());
        Assert.Equal(MeanOf(node, experiment).Sha256(), run.Model);
    }

    [Fact]
    public async Task Under_a_frozen_server_a_client_learns_nothing_of_others()
    {
        ExperimentSpec experiment = SplitTrainingTests.Experiment(new SplitFedSpec { Variant = "v3", Train = "classifier" }, "sgd") with { Clients = new ClientsSpec { Count = Clients } };
        var samples = ExperimentContext.Create(experiment, SplitTrainingTests.Data).TrainingSamples(1).ToHashSet();

        (RecordingNode before, _, _) = await RecordingNode.RunAsync(experiment, SplitTrainingTests.Data);
        (RecordingNode after, _, _) = await RecordingNode.RunAsync(experiment, Relabelled.Of(SplitTrainingTests.Data, (sample, label) => samples.Contains(sample) ? (label + 1) % 10 : label));

        Assert.NotEqual(before.Values(PartKind.PrivateValues, 2, 1), after.Values(PartKind.PrivateValues, 2, 1));
        foreach (int client in (int[])[0, 2, 3, 4])
            Assert.Equal(before.Values(PartKind.PrivateValues, 2, client), after.Values(PartKind.PrivateValues, 2, client));
    }

    // What is evaluated and saved: the mean of the clients' parts beside that of the server's copies.
    private static GlobalModel MeanOf(RecordingNode node, ExperimentSpec experiment)
    {
        var context = ExperimentContext.Create(experiment, SplitTrainingTests.Data);
        GlobalModel initial = InitialModel.Dense(context.Plan, experiment);
        foreach ((PartKind kind, ParameterSubset trains) in (ReadOnlySpan<(PartKind, ParameterSubset)>)[(PartKind.PrivateValues, context.Split.ClientTrainable), (PartKind.BodyValues, context.Split.ServerTrainable)])
        {
            var sum = new ExactSum(trains.Count);
            foreach (ClientDescription client in context.Clients)
                sum.Add(node.Values(kind, 2, client.Id), client.Samples, client.Id);
            trains.Scatter(sum.Mean(), initial.Values);
        }

        return initial;
    }

    private static long WeightBytes(Ledger ledger, int round, Direction direction) =>
        ((PartKind[])[PartKind.DenseValues, PartKind.SparseValues, PartKind.IndexedValues, PartKind.TensorValues, PartKind.FrozenValues, PartKind.BodyValues, PartKind.PrivateValues])
        .Sum(kind => ledger.Totals.Sum(round, direction: direction, part: kind));
}
