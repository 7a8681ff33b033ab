using Federated.Engine.Models;
using Federated.Engine.Networks;
using Federated.Engine.Parameters;
using Federated.Methods.Federation;
using Federated.Methods.Nodes;
using Federated.Protocol.Payloads;
using Xunit;

namespace Federated.Methods.Tests.Nodes;

public sealed class KeptPartsTests
{
    private static readonly NetworkPlan Plan = ModelCatalog.Create("logistic-regression", new ModelInput(1, 4, 4, 3));
    private static readonly Mask Sparse = new(Plan.Parameters, [.. Plan.Parameters.Tensors.Select(t => t.IsPrunable ? BitSet.FromPositions(t.Count, [0, 5, 7]) : null)]);
    private static readonly float[] Values = [.. Enumerable.Range(0, Sparse.Count).Select(i => i + 0.5f)];

    [Fact]
    public void A_reference_is_replaced_by_what_came_before()
    {
        var kept = new KeptParts(Plan);
        var values = new SparseValuesPart(Sparse, Values);
        kept.Decode(new Payload(new MaskPart(Sparse), values).Encode().Bytes);

        (PartKind kind, string digest) = PartDigest.Of(values)!.Value;
        Payload referred = kept.Decode(new Payload(new ReferencePart(PartKind.Mask, Sparse.Digest), new ReferencePart(kind, digest)).Encode().Bytes);

        (Mask mask, float[] restored) = referred.Model(Mask.Dense(Plan.Parameters));
        Assert.Equal(Sparse, mask);
        Assert.Equal(Values, restored);
    }

    [Fact]
    public void What_is_not_retained_cannot_be_referred_to()
    {
        var kept = new KeptParts(Plan);
        kept.Decode(new Payload(new MaskPart(Sparse)).Encode().Bytes);
        kept.Retain([], []);
        byte[] reference = new Payload(new ReferencePart(PartKind.Mask, Sparse.Digest)).Encode().Bytes;
        Assert.Throws<PayloadException>(() => kept.Decode(reference));
    }

    [Fact]
    public void A_provided_part_is_known_after_a_restart()
    {
        var kept = new KeptParts(Plan);
        kept.Retain([Sparse.Digest], [new MaskPart(Sparse)]);
        Payload payload = kept.Decode(new Payload(new ReferencePart(PartKind.Mask, Sparse.Digest), new SparseValuesPart(Sparse, Values)).Encode().Bytes);
        Assert.Equal(Values, payload.Model(Mask.Dense(Plan.Parameters)).Values);
    }

    [Fact]
    public void What_crossed_as_a_payload_of_its_own_takes_the_place_of_references()
    {
        var kept = new KeptParts(Plan);
        var values = new SparseValuesPart(Sparse, Values);
        string digest = PartDigest.Of(values)!.Value.Digest;
        Assert.False(kept.Keeps(digest));
        kept.Provide(Sparse.Digest, KeptPartPayload.Of(new MaskPart(Sparse)).Encode().Bytes);
        kept.Provide(digest, KeptPartPayload.Of(values).Encode().Bytes);
        Assert.True(kept.Keeps(digest));
        Payload referred = kept.Decode(new Payload(new ReferencePart(PartKind.Mask, Sparse.Digest), new ReferencePart(PartKind.SparseValues, digest)).Encode().Bytes);
        Assert.Equal(Values, referred.Model(Mask.Dense(Plan.Parameters)).Values);
    }

    [Fact]
    public void A_payload_of_other_content_than_the_digest_names_is_refused()
    {
        var kept = new KeptParts(Plan);
        byte[] payload = KeptPartPayload.Of(new MaskPart(Mask.Dense(Plan.Parameters))).Encode().Bytes;
        Assert.Throws<PayloadException>(() => kept.Provide(Sparse.Digest, payload));
        Assert.False(kept.Keeps(Sparse.Digest));
        Assert.False(kept.Keeps(Mask.Dense(Plan.Parameters).Digest));
    }

    [Fact]
    public void Equal_values_of_other_tensors_are_something_else()
    {
        NetworkPlan plan = ModelCatalog.Create("resnet-20", new ModelInput(1, 8, 8, 10), 0.25);
        int[] equal = [.. Enumerable.Range(0, plan.Parameters.Tensors.Length).GroupBy(t => plan.Parameters.Tensors[t].Count).First(group => group.Count() > 1).Take(2)];
        TensorValuesPart[] parts = [.. equal.Select(tensor => new TensorValuesPart(PartKind.FrozenValues, new ParameterSubset(plan.Parameters, tensor), new float[plan.Parameters.Tensors[tensor].Count]))];
        Assert.NotEqual(PartDigest.Of(parts[0]), PartDigest.Of(parts[1]));

        var kept = new KeptParts(plan);
        kept.Decode(new Payload(parts).Encode().Bytes);
        (PartKind kind, string digest) = PartDigest.Of(parts[1])!.Value;
        Assert.Equal(PartKind.FrozenValues, kind);
        Payload referred = kept.Decode(new Payload(new ReferencePart(kind, digest)).Encode().Bytes);
        Assert.Equal(parts[1].Subset, referred.Get<TensorValuesPart>().Subset);
    }
}
