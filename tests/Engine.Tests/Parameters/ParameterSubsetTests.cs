using Federated.Engine.Parameters;
using Federated.Engine.Randomness;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace Federated.Engine.Tests.Parameters;

public sealed class ParameterSubsetTests
{
    // Values 0…3, 4…5, 6…8, 9.
    private static readonly ParameterLayout Layout = new(
    [
        new ParameterTensor("conv.weight", ParameterKind.ConvolutionWeight, [2, 1, 2, 1], 0, 9, 0),
        new ParameterTensor("conv.bias", ParameterKind.Bias, [2], 4, 9, 0),
        new ParameterTensor("fc.weight", ParameterKind.LinearWeight, [1, 3], 6, 1, 1),
        new ParameterTensor("fc.bias", ParameterKind.Bias, [1], 9, 1, 1),
    ]);

    private static readonly float[] Dense = [10, 11, 12, 13, 14, 15, 16, 17, 18, 19];

    [Fact]
    public void Ranges_OfNeighbouringTensors_AreOne()
    {
        var subset = new ParameterSubset(Layout, 3, 0, 1, 3);

        Assert.Equal([0, 1, 3], subset.Tensors.ToArray());
        Assert.Equal(7, subset.Count);
        Assert.Equal([new ParameterRange(0, 6), new ParameterRange(9, 1)], subset.Ranges.ToArray());
        Assert.Equal([true, true, false, true], Enumerable.Range(0, 4).Select(subset.Contains));
        Assert.False(subset.IsAll);
        Assert.False(subset.IsEmpty);
    }

    [Fact]
    public void Gather_TakesTheTensorsInTheLayoutsOrder() =>
        Assert.Equal([14, 15, 19], new ParameterSubset(Layout, 3, 1).Gather(Dense));

    [Fact]
    public void Scatter_LeavesOtherTensorsAsTheyAre()
    {
        float[] dense = [.. Dense];
        new ParameterSubset(Layout, 1, 2).Scatter([1, 2, 3, 4, 5], dense);
        Assert.Equal([10, 11, 12, 13, 1, 2, 3, 4, 5, 19], dense);
    }

    [Fact]
    public void AllAndNone_AreEachOthersComplement()
    {
        var all = ParameterSubset.All(Layout);
        var none = ParameterSubset.None(Layout);

        Assert.Equal((10, 0), (all.Count, none.Count));
        Assert.Equal([new ParameterRange(0, 10)], all.Ranges.ToArray());
        Assert.Empty(none.Ranges);
        Assert.Equal(none, all.Complement());
        Assert.Equal(all, none.Complement());
        Assert.True(all.IsAll);
        Assert.True(none.IsEmpty);
        Assert.Equal(Dense, all.Gather(Dense));
    }

    [Fact]
    public void Where_TakesTensorsByWhatTheyAre()
    {
        var biases = ParameterSubset.Where(Layout, static tensor => tensor.Kind == ParameterKind.Bias);
        Assert.Equal(new ParameterSubset(Layout, 1, 3), biases);
        Assert.NotEqual(new ParameterSubset(Layout, 1), biases);
        Assert.Equal(new ParameterSubset(Layout, 1, 3).GetHashCode(), biases.GetHashCode());
    }

    [Fact]
    public void OperationsGatherAndScatter_AgreeWithCoordinatesOneByOne() => Check.One(
        Config.QuickThrowOnFailure.WithReplay(20221977, 297).WithMaxTest(300),
        Prop.ForAll(Gen.Choose(0, int.MaxValue).ToArbitrary(), static seed =>
        {
            var random = new KeyedRandom(new RandomKey((ulong)seed, RandomPurpose.Synthetic));
            ParameterLayout layout = RandomLayout(ref random);
            (ParameterSubset a, HashSet<int> inA) = RandomSubset(layout, ref random);
            (ParameterSubset b, HashSet<int> inB) = RandomSubset(layout, ref random);
            return IsExactly(a, inA)
                && IsExactly(a.Union(b), [.. inA.Union(inB)])
                && IsExactly(a.Intersect(b), [.. inA.Intersect(inB)])
                && IsExactly(a.Except(b), [.. inA.Except(inB)])
                && IsExactly(a.Complement(), [.. Enumerable.Range(0, layout.Tensors.Length).Except(inA)]);
        }));

    [Fact]
    public void WhatDoesNotFit_IsRefused()
    {
        var subset = new ParameterSubset(Layout, 1);
        Assert.Throws<ArgumentOutOfRangeException>(() => new ParameterSubset(Layout, 4));
        Assert.Throws<ArgumentOutOfRangeException>(() => new ParameterSubset(Layout, -1));
        Assert.Throws<ArgumentOutOfRangeException>(() => subset.Contains(4));
        Assert.Throws<ArgumentException>(() => new ParameterSubset(Layout, BitSet.Full(5)));
        Assert.Throws<ArgumentException>(() => subset.Gather(new float[9], new float[2]));
        Assert.Throws<ArgumentException>(() => subset.Gather(new float[10], new float[3]));
        Assert.Throws<ArgumentException>(() => subset.Scatter(new float[3], new float[10]));
        Assert.Throws<ArgumentException>(() => subset.Scatter(new float[2], new float[11]));
    }

    private static ParameterLayout RandomLayout(ref KeyedRandom random)
    {
        var tensors = new List<ParameterTensor>();
        int offset = 0;
        for (int t = random.Next(8); t >= 0; t--)
        {
            tensors.Add(new ParameterTensor($"t{t}", ParameterKind.Bias, [random.Next(5) + 1], offset, 1, 0));
            offset += tensors[^1].Count;
        }

        return new ParameterLayout(tensors);
    }

    private static (ParameterSubset Subset, HashSet<int> Members) RandomSubset(ParameterLayout layout, ref KeyedRandom random)
    {
        var members = new HashSet<int>();
        for (int t = 0; t < layout.Tensors.Length; t++)
        {
            if (random.Next(2) == 0)
                members.Add(t);
        }

        return (new ParameterSubset(layout, [.. members]), members);
    }

    private static bool IsExactly(ParameterSubset subset, HashSet<int> expected)
    {
        int[] coordinates = [.. subset.Layout.Tensors.SelectMany((tensor, index) => expected.Contains(index) ? Enumerable.Range(tensor.Offset, tensor.Count) : [])];
        float[] dense = [.. Enumerable.Range(0, subset.Layout.Count).Select(static i => (float)i)];
        float[] scattered = new float[dense.Length];
        Array.Fill(scattered, -1);
        subset.Scatter(subset.Gather(dense), scattered);
        return subset.Tensors.SequenceEqual(expected.Order())
            && subset.Count == coordinates.Length
            && subset.Gather(dense).SequenceEqual(coordinates.Select(static i => (float)i))
            && scattered.SequenceEqual(dense.Select(value => coordinates.Contains((int)value) ? value : -1))
            && subset.Ranges.SelectMany(static range => Enumerable.Range(range.Start, range.Length)).SequenceEqual(coordinates);
    }
}
