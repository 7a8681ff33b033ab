using Federated.Coordinator.Rounds;
using Federated.Engine.Models;
using Federated.Engine.Networks;
using Federated.Engine.Parameters;
using Federated.Methods.Federation;
using Federated.Protocol.Payloads;
using Xunit;

namespace Federated.Coordinator.Tests.Rounds;

public sealed class ClientHoldingsTests
{
    private static readonly NetworkPlan Plan = ModelCatalog.Create("logistic-regression", new ModelInput(1, 28, 28, 10));

    private static Mask MaskOf(int start) => new(Plan.Parameters, [.. Plan.Parameters.Tensors.Select(t =>
        t.IsPrunable ? BitSet.FromPositions(t.Count, [.. Enumerable.Range(0, 400).Select(i => (start + (i * i * 7)) % t.Count)]) : null)]);

    private static TaskPart[] Parts(Mask mask, Retention retention = Retention.UntilReplaced) =>
        [new(new MaskPart(mask), retention), new(new SparseValuesPart(mask, new float[mask.Count]))];

    [Fact]
    public void A_mask_crosses_whole_at_first_and_as_a_reference_afterwards()
    {
        var holdings = new ClientHoldings();
        TaskPart[] parts = Parts(MaskOf(0));
        Assert.IsType<MaskPart>(holdings.PartsFor(3, parts)[0]);
        holdings.Delivered(3, parts);
        Assert.IsType<ReferencePart>(holdings.PartsFor(3, parts)[0]);
        Assert.IsType<MaskPart>(holdings.PartsFor(4, parts)[0]);
        Assert.IsType<SparseValuesPart>(holdings.PartsFor(3, parts)[1]);
    }

    [Fact]
    public void A_mask_that_differs_little_crosses_as_a_change_and_another_one_whole()
    {
        var holdings = new ClientHoldings();
        Mask before = MaskOf(0);
        holdings.Delivered(0, Parts(before));
        int tensor = Enumerable.Range(0, Plan.Parameters.Tensors.Length).Single(i => before[i] is not null);
        int[] positions = before[tensor]!.ToPositions();
        int free = Enumerable.Range(0, before[tensor]!.Length).First(i => !before[tensor]![i]);
        BitSet[] moved = [BitSet.FromPositions(before[tensor]!.Length, [.. positions[1..], free])];
        var similar = new Mask(Plan.Parameters, [.. Enumerable.Range(0, Plan.Parameters.Tensors.Length).Select(i => i == tensor ? moved[0] : null)]);

        Assert.IsType<MaskChangePart>(holdings.PartsFor(0, Parts(similar))[0]);
        Assert.IsType<MaskPart>(holdings.PartsFor(0, Parts(MaskOf(3)))[0]);
    }

    [Fact]
    public void Clients_that_keep_the_same_receive_the_same_form()
    {
        var holdings = new ClientHoldings();
        TaskPart[] parts = Parts(MaskOf(0));
        holdings.Delivered(0, parts);
        holdings.Delivered(1, parts);
        Assert.Equal(ClientHoldings.FormOf(holdings.PartsFor(0, parts)), ClientHoldings.FormOf(holdings.PartsFor(1, parts)));
        Assert.NotEqual(ClientHoldings.FormOf(holdings.PartsFor(0, parts)), ClientHoldings.FormOf(holdings.PartsFor(2, parts)));
    }

    [Fact]
    public void Clients_keep_the_same_when_mask_and_parts_of_the_round_agree()
    {
        var holdings = new ClientHoldings();
        Assert.True(holdings.KeepTheSame(0, 1));
        holdings.Delivered(0, Parts(MaskOf(0)));
        Assert.False(holdings.KeepTheSame(0, 1));
        holdings.Delivered(1, Parts(MaskOf(0)));
        Assert.True(holdings.KeepTheSame(0, 1));
        holdings.Delivered(1, Parts(MaskOf(5), Retention.Round));
        Assert.False(holdings.KeepTheSame(0, 1));
        Assert.False(holdings.KeepTheSame(1, 0));
        holdings.Delivered(0, Parts(MaskOf(5), Retention.Round));
        Assert.True(holdings.KeepTheSame(0, 1));
        holdings.EndRound();
        holdings.Delivered(0, Parts(MaskOf(3)));
        Assert.False(holdings.KeepTheSame(0, 1));
    }

    [Fact]
    public void What_is_kept_for_a_round_is_dropped_at_its_end_and_the_mask_stays()
    {
        var holdings = new ClientHoldings();
        TaskPart[] candidate = Parts(MaskOf(5), Retention.Round);
        TaskPart[] model = Parts(MaskOf(0));
        holdings.Delivered(0, model);
        holdings.Delivered(0, candidate);
        Assert.IsType<ReferencePart>(holdings.PartsFor(0, candidate)[0]);
        holdings.EndRound();
        Assert.IsNotType<ReferencePart>(holdings.PartsFor(0, candidate)[0]);
        Assert.IsType<ReferencePart>(holdings.PartsFor(0, model)[0]);
        Assert.Equal([MaskOf(0).Digest], holdings.Digests);
    }

    [Fact]
    public void Frozen_values_cross_once_beside_the_mask_until_others_take_their_place()
    {
        var holdings = new ClientHoldings();
        TaskPart first = Frozen(1);
        TaskPart second = Frozen(2);
        holdings.Delivered(0, [.. Parts(MaskOf(0)), first]);
        Assert.False(holdings.KeepTheSame(0, 1));
        holdings.Delivered(1, [.. Parts(MaskOf(0)), first]);
        Assert.True(holdings.KeepTheSame(0, 1));
        holdings.EndRound();

        Part[] crossing = holdings.PartsFor(0, [.. Parts(MaskOf(0)), first, second]);
        Assert.Equal(PartKind.Mask, Assert.IsType<ReferencePart>(crossing[0]).Target);
        ReferencePart reference = Assert.IsType<ReferencePart>(crossing[2]);
        Assert.Equal((PartKind.FrozenValues, first.KeptName!.Value.Digest), (reference.Target, reference.Digest));
        Assert.Same(second.Part, crossing[3]);

        holdings.Delivered(0, [second]);
        Assert.False(holdings.KeepTheSame(0, 1));
        Assert.Equal(3, holdings.Digests.Count);
        holdings.Delivered(1, [second]);
        holdings.EndRound();
        Assert.Equal(new HashSet<string> { MaskOf(0).Digest, second.KeptName!.Value.Digest }, holdings.Digests.ToHashSet());
    }

    [Fact]
    public void What_a_checkpoint_saved_of_the_book_is_all_of_it()
    {
        var before = new ClientHoldings();
        TaskPart frozen = Frozen(1);
        before.Delivered(2, [.. Parts(MaskOf(0)), frozen]);
        before.Delivered(0, Parts(MaskOf(5)));
        before.EndRound();
        var after = new ClientHoldings();
        after.Restore(before.Parts, before.KeptNames);

        Assert.Equal(before.KeptNames, after.KeptNames);
        Assert.IsType<ReferencePart>(after.PartsFor(2, [frozen])[0]);
        Assert.IsType<TensorValuesPart>(after.PartsFor(0, [frozen])[0]);
        Assert.IsType<ReferencePart>(after.PartsFor(0, Parts(MaskOf(5)))[0]);
    }

    private static TaskPart Frozen(float value)
    {
        var subset = new ParameterSubset(Plan.Parameters, 1);
        return new TaskPart(new TensorValuesPart(PartKind.FrozenValues, subset, [.. Enumerable.Repeat(value, subset.Count)]), Retention.UntilReplaced);
    }
}
