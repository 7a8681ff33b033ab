using Federated.Coordinator.Rounds;
using Federated.Engine.Models;
using Federated.Engine.Networks;
using Federated.Engine.Parameters;
using Federated.Methods.Federation;
using Federated.Methods.Nodes;
using Federated.Protocol.Payloads;
using Xunit;

namespace Federated.Coordinator.Tests.Rounds;

public sealed class KeptPartShelfTests
{
    private static readonly NetworkPlan Plan = ModelCatalog.Create("logistic-regression", new ModelInput(1, 28, 28, 10));
    private static readonly Mask Sparse = new(Plan.Parameters, [.. Plan.Parameters.Tensors.Select(t => t.IsPrunable ? BitSet.FromPositions(t.Count, [0, 5, 7]) : null)]);
    private static readonly float[] Values = [.. Enumerable.Range(0, Sparse.Count).Select(i => i + 0.5f)];

    [Fact]
    public void A_node_that_lost_what_clients_keep_is_given_it_and_decodes_what_refers_to_it()
    {
        var subset = new ParameterSubset(Plan.Parameters, 1);
        float[] biases = [.. Enumerable.Range(0, subset.Count).Select(i => i - 0.25f)];
        TaskPart[] task =
        [
            new(new MaskPart(Sparse), Retention.UntilReplaced),
            new(new SparseValuesPart(Sparse, Values), Retention.Round),
            new(new TensorValuesPart(PartKind.FrozenValues, subset, biases), Retention.UntilReplaced),
        ];
        var holdings = new ClientHoldings();
        holdings.Delivered(0, task);
        byte[] payload = new Payload(holdings.PartsFor(0, task)).Encode().Bytes;
        var shelf = new KeptPartShelf();
        shelf.Add(task);
        shelf.Retain(holdings.Digests, []);

        var node = new KeptParts(Plan);
        foreach (string digest in PayloadReferences.Of(payload))
            node.Provide(digest, shelf.Find(digest)!.Bytes);
        Assert.Equal(3, PayloadReferences.Of(payload).Count);
        Payload decoded = node.Decode(payload);
        Assert.Equal(Values, decoded.Model(Mask.Dense(Plan.Parameters)).Values);
        Assert.Equal(subset, decoded.Get<TensorValuesPart>().Subset);
        Assert.Equal(biases, decoded.Get<TensorValuesPart>().Values);
    }

    [Fact]
    public void What_no_client_keeps_is_not_there_and_what_a_restart_provides_is()
    {
        var shelf = new KeptPartShelf();
        shelf.Add([new TaskPart(new MaskPart(Sparse))]);
        Assert.Null(shelf.Find(Sparse.Digest));
        shelf.Retain([Sparse.Digest], [new MaskPart(Sparse)]);
        Assert.NotNull(shelf.Find(Sparse.Digest));
        Assert.Same(shelf.Find(Sparse.Digest), shelf.Find(Sparse.Digest));
        shelf.Retain([], []);
        Assert.Null(shelf.Find(Sparse.Digest));
    }
}
