using Federated.Engine.Models;
using Federated.Engine.Networks;
using Xunit;

namespace Federated.Engine.Tests.Networks;

/// <summary>Buffers lie over each other only where that hurts nobody.</summary>
public sealed class MemoryPlanTests
{
    public static TheoryData<string, int> Cases()
    {
        var cases = new TheoryData<string, int>();
        foreach (string model in (string[])["resnet-18", "mobilenet-v1", "vgg-11", "lenet-5", "cnn", "resnet-20"])
        {
            cases.Add(model, 1);
            cases.Add(model, 5);
        }

        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void ArenaBuffers_ThatLiveTogether_LieApart(string model, int blocks)
    {
        BufferPlan plan = ModelCatalog.Create(model, new(3, 32, 32, 10)).Buffers;
        var memory = new MemoryPlan(plan, blocks);
        PlannedBuffer[] buffers = [.. plan.Activations.Concat(plan.Gradients).Where(static b => !b.IsTemporary)];
        foreach ((PlannedBuffer a, PlannedBuffer b) in Pairs(buffers))
        {
            bool liveTogether = a.Life.FirstTime <= b.Life.LastTime && b.Life.FirstTime <= a.Life.LastTime;
            AssertApart(a, memory.ArenaPlace(a), blocks, b, memory.ArenaPlace(b), blocks, liveTogether);
        }

        Assert.All(buffers, b => Assert.InRange(memory.ArenaPlace(b) + (b.Geometry.BlockStride * blocks), 0, memory.ArenaLength));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void ScratchBuffers_OfOneStageThatLiveTogether_LieApart(string model, int blocks)
    {
        BufferPlan plan = ModelCatalog.Create(model, new(3, 32, 32, 10)).Buffers;
        var memory = new MemoryPlan(plan, blocks);
        PlannedBuffer[] buffers = [.. plan.Activations.Concat(plan.Gradients).Where(static b => b.IsTemporary)];
        foreach ((PlannedBuffer a, PlannedBuffer b) in Pairs(buffers))
        {
            bool together = a.Life.FirstStage == b.Life.FirstStage && a.Life.FirstPosition <= b.Life.LastPosition && b.Life.FirstPosition <= a.Life.LastPosition;
            int blocksOfA = plan.Schedule.Stages[a.Life.FirstStage].GroupOf(blocks);
            int blocksOfB = plan.Schedule.Stages[b.Life.FirstStage].GroupOf(blocks);
            AssertApart(a, memory.ScratchPlace(a).Offset, blocksOfA, b, memory.ScratchPlace(b).Offset, blocksOfB, together);
            // Where a stage keeps all blocks, nothing of it may share.
            if (a.Life.FirstStage == b.Life.FirstStage)
                AssertApart(a, memory.ScratchPlace(a).Kept, blocks, b, memory.ScratchPlace(b).Kept, blocks, mustLieApart: true);
        }

        Assert.All(buffers, b => Assert.InRange(memory.ScratchPlace(b).Kept + (b.Geometry.BlockStride * blocks), 0, memory.KeptScratchLength));
    }

    [Fact]
    public void GradientsOfTheFirstStage_TakeTheMemoryOfLaterActivations()
    {
        NetworkPlan plan = ModelCatalog.Create("resnet-18", new(3, 32, 32, 10));
        var memory = new MemoryPlan(plan.Buffers, blocks: 4);
        long activations = plan.Buffers.Activations.Where(static b => !b.IsTemporary).Sum(static b => b.Geometry.BlockStride * 4);
        // Two gradients of 65,536 floats an image would be 8.4 million floats more; the end of the network, where little is free yet, needs a tenth of that.
        Assert.InRange(memory.ArenaLength, activations, activations + 1_100_000);
    }

    private static void AssertApart(PlannedBuffer a, long placeOfA, int blocksOfA, PlannedBuffer b, long placeOfB, int blocksOfB, bool mustLieApart)
    {
        long endOfA = placeOfA + (a.Geometry.BlockStride * blocksOfA);
        long endOfB = placeOfB + (b.Geometry.BlockStride * blocksOfB);
        if (placeOfA >= endOfB || placeOfB >= endOfA)
            return;
        Assert.False(mustLieApart, $"{a} at {placeOfA} and {b} at {placeOfB} are in use together.");
        // A border stays zero only where nobody writes: under buffers of the same geometry at the same place.
        if (a.Geometry.Padding > 0 || b.Geometry.Padding > 0)
            Assert.Equal((a.Geometry, placeOfA), (b.Geometry, placeOfB));
    }

    private static IEnumerable<(PlannedBuffer A, PlannedBuffer B)> Pairs(PlannedBuffer[] buffers)
    {
        for (int i = 0; i < buffers.Length; i++)
        {
            for (int j = 0; j < i; j++)
                yield return (buffers[i], buffers[j]);
        }
    }
}
