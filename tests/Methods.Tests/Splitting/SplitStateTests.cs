using Federated.Methods.Clients;
using Federated.Methods.Data;
using Federated.Methods.DataPruning;
using Federated.Methods.Experiments;
using Federated.Methods.SplitFed;
using Federated.Methods.Splitting;
using Federated.Protocol.Payloads;
using Xunit;

namespace Federated.Methods.Tests.Splitting;

/// <summary>What the two sides of a cut model hold on to: a client its own values, a node the server's decoded ones.</summary>
public sealed class SplitStateTests
{
    // Head of LeNet-5 on one channel: 6 filters of 5×5 and 6 biases. Tail: 84·10 weights and 10 biases.
    private const int OwnValues = (6 * 25) + 6 + (84 * 10) + 10;

    [Fact]
    public void A_clients_state_may_hold_its_own_values_and_no_more()
    {
        ExperimentContext own = Context("v3");
        Assert.Equal(OwnValues, own.PrivateValueCount);
        Assert.Equal(ClientState.HeadBytes + (4 * OwnValues), ClientStateLimit.Of(own, own.Clients[0]));
        Assert.Equal(0, ClientStateLimit.Of(Context("v1"), own.Clients[0]));

        ExperimentSpec prunes = own.Experiment with { Training = own.Experiment.Training with { DataPruning = new DataPruningSpec { Kind = "infobatch" } } };
        var both = ExperimentContext.Create(prunes with { Method = new SplitFedSpec { Variant = "v3" } }, own.Data);
        int pruning = DataPruner.StateBytes(prunes, both.Clients[0].Samples);
        Assert.True(pruning > 0);
        Assert.Equal((2 * ClientState.HeadBytes) + (4 * OwnValues) + pruning, ClientStateLimit.Of(both, both.Clients[0]));
    }

    [Theory]
    [InlineData(1)]
    [InlineData((4 * OwnValues) - 1)]
    [InlineData(4 * (OwnValues + 1))]
    public void Values_of_another_length_are_refused(int bytes)
    {
        ExperimentContext context = Context("v3");
        using var worker = new Worker(context);
        var state = new ClientState();
        state.Set(ClientStateKey.PrivateValues, new byte[bytes]);

        ClientStateException refused = Assert.Throws<ClientStateException>(() => PrivateValues.Restore(new Client(context, worker, 0, 1, null, state)));

        Assert.Contains("client 0", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Values_that_are_kept_come_back_bit_by_bit()
    {
        ExperimentContext context = Context("v3");
        using var worker = new Worker(context);
        var state = new ClientState();
        var client = new Client(context, worker, 0, 1, null, state);
        float[] values = [.. Enumerable.Range(0, OwnValues).Select(static i => i % 5 == 0 ? -0f : 1f / (i - 7.5f))];

        PrivateValues.Keep(client, values);
        PrivateValues.Restore(new Client(context, worker, 0, 2, null, ClientState.Decode(state.Encode())));

        Assert.Equal(values.Select(BitConverter.SingleToInt32Bits), worker.Ends.Trainable.Read().Select(BitConverter.SingleToInt32Bits));
    }

    [Fact]
    public void The_servers_parts_are_decoded_once_for_all_who_bring_the_same_bytes()
    {
        ExperimentContext context = Context("v1");
        var part = new TensorValuesPart(PartKind.BodyValues, context.Split.ServerTensors, new float[context.Split.ServerTensors.Count]);
        byte[] bytes = new Payload(part).Encode().Bytes;
        var parts = new DecodedServerParts(context);

        Payload first = parts.Of(bytes);

        Assert.Same(first, parts.Of(bytes));
        Assert.Equal(part.Values, first.Get<TensorValuesPart>().Values);
        Payload other = parts.Of(bytes.ToArray());
        Assert.NotSame(first, other);
        Assert.Throws<SplitSessionException>(() => parts.Of(bytes.AsMemory(1)));
        Assert.NotSame(first, parts.Of(bytes));
    }

    private static ExperimentContext Context(string variant) => ExperimentContext.Create(
        new ExperimentSpec
        {
            Data = new DataSpec { Set = "synthetic" },
            Clients = new ClientsSpec { Count = 2 },
            Model = new ModelSpec { Name = "lenet-5" },
            Method = new SplitFedSpec { Variant = variant },
        },
        SyntheticSet.Create(new SyntheticOptions { Size = 16, Channels = 1, TrainCount = 40, TestCount = 10 }));
}
