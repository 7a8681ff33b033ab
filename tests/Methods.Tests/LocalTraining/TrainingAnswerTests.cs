using Federated.Engine.Models;
using Federated.Engine.Networks;
using Federated.Engine.Parameters;
using Federated.Methods.Devices;
using Federated.Methods.Federation;
using Federated.Methods.LocalTraining;
using Federated.Protocol.Payloads;
using Xunit;

namespace Federated.Methods.Tests.LocalTraining;

public sealed class TrainingAnswerTests
{
    private static readonly NetworkPlan Plan = ModelCatalog.Create("logistic-regression", new ModelInput(1, 2, 2, 2));
    private static readonly Mask Sparse = new(Plan.Parameters, [.. Plan.Parameters.Tensors.Select(t => t.IsPrunable ? BitSet.FromPositions(t.Count, [0, 5]) : null)]);
    private static readonly int Weight = Enumerable.Range(0, Plan.Parameters.Tensors.Length).Single(i => Plan.Parameters.Tensors[i].IsPrunable);

    private static ClientDescription Client(int id, int samples) => new(id, samples, 1, DeviceCatalog.Default);

    private static Payload Answer(float value, int samples, double lossSum, TopGradientsPart? gradients = null) =>
        TrainLocallyHandler.Answer(Sparse, [.. Enumerable.Repeat(value, Sparse.Count)], [], samples, lossSum, gradients);

    [Fact]
    public void Values_are_averaged_by_samples_and_losses_by_samples_seen()
    {
        var collector = new TrainingAnswerCollector(Plan, Sparse, [], static samples => samples);
        collector.Add(Client(0, 1), Answer(1f, 1, 4));
        collector.Add(Client(1, 3), Answer(5f, 3, 2));
        TrainingAnswer answer = collector.Complete();
        Assert.All(answer.Values, value => Assert.Equal(4f, value)); // (1·1 + 3·5) / 4
        Assert.Equal(6.0 / 4, answer.MeanLoss);
    }

    [Fact]
    public void A_gradient_that_a_client_did_not_report_counts_as_zero()
    {
        TopGradientsPart Top(params (int Index, float Value)[] top) =>
            new(new TensorGradients(Weight, Plan.Parameters.Tensors[Weight].Count, [.. top.Select(t => t.Index)], [.. top.Select(t => t.Value)]));

        var collector = new TrainingAnswerCollector(Plan, Sparse, [new GradientRequest(Weight, 2)], static samples => samples);
        collector.Add(Client(0, 1), Answer(0, 1, 0, Top((1, 8f), (3, 4f))));
        collector.Add(Client(1, 3), Answer(0, 3, 0, Top((3, -4f), (6, 1f))));
        MeanGradients mean = collector.Complete().Gradients.Single();
        Assert.Equal([1, 3, 6], mean.Indices);
        Assert.Equal([2f, -2f, 0.75f], mean.Values); // 8/4; (4 − 12)/4; 3/4
    }

    [Fact]
    public void A_value_that_is_not_finite_names_the_client_and_the_way_out()
    {
        var collector = new TrainingAnswerCollector(Plan, Sparse, [], static samples => samples);
        ClientAnswerException failure = Assert.Throws<ClientAnswerException>(() => collector.Add(Client(7, 1), Answer(float.NaN, 1, 0)));
        Assert.Contains("client 7", failure.Message, StringComparison.Ordinal);
        Assert.Contains("learningRate", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Requests_survive_the_crossing()
    {
        GradientRequest[] requests = [new(0, 7), new(1, 2)];
        Payload received = Payload.Decode(new Payload(GradientRequests.ToPart(requests)).Encode().Bytes, new PayloadContext(Plan.Parameters, 0));
        Assert.Equal(requests, GradientRequests.FromPayload(received, Plan.Parameters));
    }
}
