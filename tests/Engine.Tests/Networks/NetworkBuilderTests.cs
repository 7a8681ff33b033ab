using Federated.Engine.Networks;
using Federated.Engine.Tensors;
using Xunit;

namespace Federated.Engine.Tests.Networks;

public sealed class NetworkBuilderTests
{
    [Fact]
    public void Layers_ThatDoNotFit_AreRefusedByName()
    {
        var b = new NetworkBuilder("net", 3, 8, 8);
        AssertRefused("a", () => b.Convolution("a", b.Input, 4, kernel: 9));
        AssertRefused("b", () => b.Convolution("b", b.Input, 4, kernel: 3, padding: 3));
        AssertRefused("c", () => b.Convolution("c", b.Input, 4, kernel: 3, groups: 2));
        AssertRefused("d", () => b.Convolution("d", b.Input, 0, kernel: 3));
        AssertRefused("e", () => b.GroupNorm("e", b.Input, groups: 2));
        AssertRefused("f", () => b.MaxPool("f", b.Input, kernel: 9));
        AssertRefused("g", () => b.Dropout("g", b.Input, 1));
        AssertRefused("h", () => b.Add("h", b.Input, b.Input));
        AssertRefused("i", () => b.BatchNorm("i", b.Convolution("x", b.Input, 4, kernel: 1), residual: b.Input));
        AssertRefused("j", () => b.Relu("j", new NetworkValue(99, 3, 8, 8)));
        AssertRefused("k.weight", () => b.Linear("k", b.Input, int.MaxValue));
        AssertRefused("net", () => b.Build(b.Input));
    }

    [Fact]
    public void Build_RefusesAMapOfLogitsAndALayerThatNobodyReads()
    {
        var map = new NetworkBuilder("map", 3, 8, 8);
        NetworkValue x = map.Convolution("conv", map.Input, 4, kernel: 3);
        AssertRefused("map", () => map.Build(x));
        var unread = new NetworkBuilder("unread", 3, 8, 8);
        unread.Convolution("conv", unread.Input, 4, kernel: 3);
        NetworkValue logits = unread.Linear("fc", unread.Input, 10);
        AssertRefused("unread", () => unread.Build(logits));
    }

    [Fact]
    public void Buffers_ReluInPlace_OnlyWhereNobodyElseReads()
    {
        var b = new NetworkBuilder("net", 3, 8, 8);
        NetworkValue conv = b.Convolution("conv", b.Input, 3, kernel: 3, padding: 1);
        NetworkValue first = b.Relu("first", conv);
        NetworkValue second = b.Relu("second", first);
        NetworkValue third = b.Relu("third", b.Add("add", second, first));
        NetworkPlan plan = b.Build(b.Linear("fc", third, 2));
        Assert.Equal(conv.Index, plan.Buffers.Root(first.Index)); // the convolution's output has one reader
        Assert.Equal(second.Index, plan.Buffers.Root(second.Index)); // first has two
        Assert.Equal(third.Index - 1, plan.Buffers.Root(third.Index));
    }

    [Fact]
    public void Buffers_ResidualNetwork_KeepsOnlyWhatTheBackwardPassNeeds()
    {
        NetworkPlan plan = Federated.Engine.Models.ModelCatalog.Create("resnet-18", new(3, 32, 32, 10));
        // Kept are the input, 20 convolutions' outputs, 9 blocks' outputs, 3 shortcuts (until the block's end), the average and the logits; what follows the first
        // convolution of a block is computed again.
        Assert.Equal(1 + 20 + 9 + 1 + 1, plan.Buffers.Activations.Count(static b => !b.IsTemporary));
        Assert.Equal(8 + 3, plan.Buffers.Activations.Count(static b => b.IsTemporary));
        using var network = new Network(plan, maximumBatch: 64);
        // 614,400 floats of convolutions and 253,952 of block outputs an image are 222 MB at batch 64; borders, scratch memory and two gradients are the rest.
        Assert.InRange(network.ArenaBytes, 222_000_000, 285_000_000);
    }

    [Fact]
    public void Padding_IsTheLargestThatAReaderNeeds()
    {
        var b = new NetworkBuilder("net", 3, 8, 8);
        NetworkValue x = b.Convolution("one", b.Input, 3, kernel: 1);
        NetworkValue y = b.Add("add", b.Convolution("five", x, 3, kernel: 5, padding: 2), b.Convolution("three", x, 3, kernel: 3, padding: 1));
        NetworkPlan plan = b.Build(b.Linear("fc", y, 2));
        Assert.Equal(new Geometry(3, 8, 8, 2), plan.Buffers.Geometry(x.Index));
        Assert.Equal(new Geometry(3, 8, 8, 0), plan.Buffers.Geometry(y.Index));
        Assert.Equal(new Geometry(3, 8, 8, 0), plan.Buffers.GradientGeometry(x.Index));
        Assert.Equal(new Geometry(3, 8, 8, 2), plan.Buffers.GradientGeometry(y.Index - 2));
    }

    private static void AssertRefused(string layer, Action build) => Assert.Equal(layer, Assert.Throws<InvalidModelException>(build).Layer);
}
