using Federated.Coordinator.Rounds;
using Federated.Engine.Models;
using Federated.Engine.Networks;
using Federated.Engine.Parameters;
using Federated.Engine.Randomness;
using Federated.Methods.Federation;
using Federated.Methods.Nodes;
using Federated.Protocol.Payloads;
using Xunit;

namespace Federated.Coordinator.Tests.Rounds;

public sealed class CheckpointCodecTests
{
    private static readonly NetworkPlan Plan = ModelCatalog.Create("resnet-20", new ModelInput(1, 8, 8, 10), 0.25);

    private static Checkpoint Example()
    {
        Mask first = MaskOf(1);
        Mask second = MaskOf(2);
        var model = new GlobalModel(second, [.. Enumerable.Range(0, second.Count).Select(i => i * 0.25f)], [.. Enumerable.Range(0, Plan.Statistics.Count).Select(i => -i)]);
        var subset = new ParameterSubset(Plan.Parameters, 0, 3);
        var frozen = new TensorValuesPart(PartKind.FrozenValues, subset, [.. Enumerable.Range(0, subset.Count).Select(i => i * -0.5f)]);
        return new Checkpoint(
            17,
            model,
            [new MaskPart(first), frozen, new MaskPart(second)],
            [new(0, PartKind.Mask, second.Digest), new(4, PartKind.Mask, first.Digest), new(4, PartKind.FrozenValues, PartDigest.Of(frozen)!.Value.Digest)],
            new string('a', 64));
    }

    private static Mask MaskOf(ulong seed)
    {
        var random = new KeyedRandom(new RandomKey(seed, RandomPurpose.PruningScore));
        var sets = new List<BitSet?>();
        foreach (ParameterTensor tensor in Plan.Parameters.Tensors)
        {
            var positions = new List<int>();
            for (int i = 0; i < tensor.Count; i++)
            {
                if (random.NextDouble() < 0.2)
                    positions.Add(i);
            }

            sets.Add(tensor.IsPrunable ? BitSet.FromPositions(tensor.Count, [.. positions]) : null);
        }

        return new Mask(Plan.Parameters, sets);
    }

    [Fact]
    public void What_is_saved_is_restored_to_the_bit()
    {
        Checkpoint saved = Example();
        Checkpoint restored = CheckpointCodec.Decode(CheckpointCodec.Encode(saved), Plan);
        Assert.Equal(17, restored.Round);
        Assert.Equal(saved.Model.Sha256(), restored.Model.Sha256());
        Assert.Equal(saved.KeptParts.Select(PartDigest.Of), restored.KeptParts.Select(PartDigest.Of));
        Assert.Equal(saved.KeptNames.ToArray(), restored.KeptNames.ToArray());
        Assert.Equal(saved.LedgerDigest, restored.LedgerDigest);
    }

    [Fact]
    public void Any_truncation_is_a_typed_error()
    {
        byte[] bytes = CheckpointCodec.Encode(Example());
        for (int length = 0; length < bytes.Length; length += Math.Max(1, bytes.Length / 97))
            Assert.Throws<InvalidDataException>(() => CheckpointCodec.Decode(bytes.AsMemory(0, length), Plan));
    }

    [Fact]
    public void A_checkpoint_of_another_network_is_a_typed_error()
    {
        NetworkPlan other = ModelCatalog.Create("resnet-20", new ModelInput(3, 8, 8, 10), 0.5);
        Assert.Throws<InvalidDataException>(() => CheckpointCodec.Decode(CheckpointCodec.Encode(Example()), other));
    }
}
