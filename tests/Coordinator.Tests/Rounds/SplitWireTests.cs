using Federated.Methods.Data;
using Federated.Methods.Experiments;
using Federated.Methods.SFPrompt;
using Federated.Methods.SplitFed;
using Federated.Methods.Splitting;
using Federated.Protocol.Payloads;
using Xunit;

namespace Federated.Coordinator.Tests.Rounds;

/// <summary>Reads what crosses between clients and the server's part: where labels are, and where none may be.</summary>
public sealed class SplitWireTests
{
    private const int Clients = 5;

    [Theory]
    [InlineData("sfprompt")]
    [InlineData("v1")]
    [InlineData("v2")]
    [InlineData("v3")]
    public async Task No_labels_cross_where_the_client_has_them(string method)
    {
        RecordingNode wire = await RecordAsync(Experiment(method, "client"), SplitTrainingTests.Data);

        Assert.NotEmpty(wire.Messages);
        foreach (SplitMessage message in wire.Messages)
        {
            // What goes up is activations, their gradient or nothing (the end); every part is read, so that nothing hides behind another.
            Assert.All(wire.Decode(message.Up).Parts, static part => Assert.True(part.Kind is PartKind.SmashedData or PartKind.TailGradient, $"{part.Kind} went up"));
            Assert.All(wire.Decode(message.Down).Parts, static part => Assert.False(part is LabelsPart));
        }

        Assert.All(wire.Answers, answer => Assert.All(wire.Decode(answer).Parts, static part => Assert.False(part is LabelsPart)));
    }

    [Theory]
    [InlineData("v1")]
    [InlineData("v2")]
    [InlineData("v3")]
    public async Task Every_batch_goes_up_with_its_labels_where_the_server_needs_them(string method)
    {
        RecordingNode wire = await RecordAsync(Experiment(method, "server"), SplitTrainingTests.Data);

        SplitMessage[] batches = [.. wire.Messages.Where(static message => message.Leg != SplitLeg.Complete)];
        Assert.NotEmpty(batches);
        Assert.All(batches, message =>
        {
            Payload up = wire.Decode(message.Up);
            Assert.Equal(up.Get<DenseActivationsPart>().Shape.Samples, up.Get<LabelsPart>().Labels.Length);
            Assert.DoesNotContain(wire.Decode(message.Down).Parts, static part => part is LabelsPart);
        });
    }

    [Theory]
    [InlineData("sfprompt")]
    [InlineData("v1")]
    [InlineData("v3")]
    public async Task What_a_client_sends_before_it_has_learnt_says_nothing_of_its_labels(string method)
    {
        // One round: later ones begin with what was learnt from labels. Equal parts, drawn without a look at labels.
        ExperimentSpec experiment = Experiment(method, "client") with { Rounds = 1, Clients = new ClientsSpec { Count = Clients } };
        RecordingNode wire = await RecordAsync(experiment, SplitTrainingTests.Data);

        RecordingNode permuted = await RecordAsync(experiment, Relabelled.Of(SplitTrainingTests.Data, static (_, label) => (label + 3) % 10));

        for (int client = 0; client < Clients; client++)
        {
            byte[][] first = Forward(wire, client);
            byte[][] second = Forward(permuted, client);
            Assert.Equal(first.Length, second.Length);
            Assert.Equal(first[0], second[0]);
            // Else this test could not tell whether labels matter to what is recorded.
            Assert.NotEqual(first[^1], second[^1]);
        }
    }

    private static byte[][] Forward(RecordingNode wire, int client) =>
        [.. wire.Messages.Where(message => message.Client == client && message.Leg == SplitLeg.Forward).OrderBy(static message => message.Number).Select(static message => message.Up)];

    // Without epochs alone: what learns from labels before the first message, the first message may tell of.
    private static ExperimentSpec Experiment(string method, string labels) => method == "sfprompt"
        ? SplitTrainingTests.Prompting(new SFPromptSpec { SelfUpdateEpochs = 0 })
        : SplitTrainingTests.Experiment(new SplitFedSpec { Variant = method, Labels = labels }, "sgd");

    private static async Task<RecordingNode> RecordAsync(ExperimentSpec experiment, DataSet data) => (await RecordingNode.RunAsync(experiment, data)).Node;
}
