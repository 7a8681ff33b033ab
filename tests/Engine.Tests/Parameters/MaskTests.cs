using Federated.Engine.Parameters;
using Federated.Engine.Randomness;
using Xunit;

namespace Federated.Engine.Tests.Parameters;

public sealed class MaskTests
{
    // conv [2,1,2,1] at 0…3, bias [2] at 4…5, linear [1,3] at 6…8.
    private static readonly ParameterLayout Layout = new(
    [
        new ParameterTensor("conv.weight", ParameterKind.ConvolutionWeight, [2, 1, 2, 1], 0, 9, 0),
        new ParameterTensor("conv.bias", ParameterKind.Bias, [2], 4, 9, 0),
        new ParameterTensor("fc.weight", ParameterKind.LinearWeight, [1, 3], 6, 1, 1),
    ]);

    private static readonly Mask Sparse = MaskOf([1, 3], [0, 2]);

    [Fact]
    public void Counts_OfASparseMask_FollowFromItsSets()
    {
        Assert.Equal(6, Sparse.Count);
        Assert.Equal(4, Sparse.PrunableKept);
        Assert.Equal(4.0 / 7, Sparse.Density);
        Assert.False(Sparse.IsDense);
        Assert.Equal([0, 2, 4], Enumerable.Range(0, 3).Select(Sparse.CompactOffset));
        Assert.Equal([2, 2, 2], Enumerable.Range(0, 3).Select(Sparse.CompactCount));
        Assert.Equal(0.5, Sparse.TensorDensity(0));
        Assert.Equal(1.0, Sparse.TensorDensity(1));
        Assert.Null(Sparse[1]);
    }

    [Fact]
    public void Gather_TakesKeptValuesAndEverythingThatCannotBePruned()
    {
        float[] compact = new float[Sparse.Count];
        Sparse.Gather([10, 11, 12, 13, 14, 15, 16, 17, 18], compact);
        Assert.Equal([11, 13, 14, 15, 16, 18], compact);
    }

    [Fact]
    public void Scatter_PutsZerosWhereNothingIsKept()
    {
        float[] dense = [9, 9, 9, 9, 9, 9, 9, 9, 9];
        Sparse.Scatter([1, 2, 3, 4, 5, 6], dense);
        Assert.Equal([0, 1, 0, 2, 3, 4, 5, 0, 6], dense);
    }

    [Fact]
    public void Transfer_KeepsCommonCoordinatesAndZeroesNewOnes()
    {
        Mask other = MaskOf([0, 1], [2]);
        float[] moved = Sparse.Transfer([1, 2, 3, 4, 5, 6], other);
        Assert.Equal([0, 1, 3, 4, 6], moved); // conv 0 is new, conv 1 stays, conv 3 is gone; fc 2 stays
    }

    [Fact]
    public void GatherScatterTransfer_OfRandomMasks_AgreeWithCoordinatesOneByOne()
    {
        var random = new KeyedRandom(new RandomKey(3, RandomPurpose.Synthetic));
        for (int trial = 0; trial < 300; trial++)
        {
            Mask from = RandomMask(ref random);
            Mask to = RandomMask(ref random);
            float[] everything = [.. Enumerable.Range(1, Layout.Count).Select(i => (float)i)];
            float[] values = new float[from.Count];
            from.Gather(everything, values);
            Assert.Equal(everything.Where((_, coordinate) => Keeps(from, coordinate)), values);
            float[] dense = new float[Layout.Count];
            from.Scatter(values, dense);
            Assert.Equal(everything.Select((value, coordinate) => Keeps(from, coordinate) ? value : 0), dense);
            Assert.Equal(dense.Where((_, coordinate) => Keeps(to, coordinate)), from.Transfer(values, to));
        }
    }

    [Fact]
    public void FullSet_IsTheSameMaskAsNoSet()
    {
        Mask full = MaskOf([0, 1, 2, 3], [0, 1, 2]);
        Mask dense = Mask.Dense(Layout);
        Assert.Null(full[0]);
        Assert.True(full.IsDense);
        Assert.Equal(dense, full);
        Assert.Equal(dense.Digest, full.Digest);
        Assert.Equal(dense.GetHashCode(), full.GetHashCode());
        Assert.Equal(1.0, full.Density);
    }

    [Fact]
    public void EmptySet_KeepsNothingOfItsTensor()
    {
        Mask empty = MaskOf([], []);
        Assert.Equal(2, empty.Count);
        Assert.Equal(0.0, empty.Density);
        float[] dense = new float[9];
        empty.Scatter([7, 8], dense);
        Assert.Equal([0, 0, 0, 0, 7, 8, 0, 0, 0], dense);
    }

    [Fact]
    public void EqualMasks_HaveEqualDigests_AndDifferentOnesDiffer()
    {
        Assert.Equal(Sparse, MaskOf([3, 1], [2, 0]));
        Assert.Equal(Sparse.Digest, MaskOf([3, 1], [2, 0]).Digest);
        var digests = new HashSet<string>(StringComparer.Ordinal);
        for (int conv = 0; conv < 16; conv++)
        {
            for (int linear = 0; linear < 8; linear++)
            {
                Mask mask = MaskOf([.. Enumerable.Range(0, 4).Where(i => (conv >> i & 1) != 0)], [.. Enumerable.Range(0, 3).Where(i => (linear >> i & 1) != 0)]);
                Assert.True(digests.Add(mask.Digest));
                Assert.Equal(conv == 10 && linear == 5, mask.Equals(Sparse));
            }
        }

        Assert.Matches("^[0-9a-f]{64}$", Sparse.Digest);
    }

    [Fact]
    public void WrongSets_AreRefused()
    {
        Assert.Throws<ArgumentException>(() => new Mask(Layout, [null, null]));
        Assert.Throws<ArgumentException>(() => new Mask(Layout, [BitSet.Full(5), null, null]));
        Assert.Throws<ArgumentException>(() => new Mask(Layout, [null, BitSet.Full(2), null]));
        Assert.Throws<ArgumentException>(() => Sparse.Gather(new float[8], new float[6]));
        Assert.Throws<ArgumentException>(() => Sparse.Gather(new float[9], new float[5]));
        Assert.Throws<ArgumentException>(() => Sparse.Scatter(new float[7], new float[9]));
    }

    [Fact]
    public void Layout_CountsAndNames()
    {
        Assert.Equal(9, Layout.Count);
        Assert.Equal(7, Layout.PrunableCount);
        Assert.Equal(2, Layout.BlockCount);
        Assert.Equal(2, Layout.IndexOf("fc.weight"));
        Assert.Equal(-1, Layout.IndexOf("FC.weight"));
        Assert.Equal(2, Layout.Tensors[0].FanIn);
        Assert.Equal(3, Layout.Tensors[2].FanIn);
        Assert.Equal(1, Layout.Tensors[1].FanIn);
    }

    [Fact]
    public void Layout_WithGapOverlapOrTwoEqualNames_IsRefused()
    {
        ParameterTensor first = new("a", ParameterKind.Bias, [4], 0, 1, 0);
        Assert.Throws<ArgumentException>(() => new ParameterLayout([first, new ParameterTensor("b", ParameterKind.Bias, [1], 5, 1, 0)]));
        Assert.Throws<ArgumentException>(() => new ParameterLayout([first, new ParameterTensor("b", ParameterKind.Bias, [1], 3, 1, 0)]));
        Assert.Throws<ArgumentException>(() => new ParameterLayout([first, new ParameterTensor("a", ParameterKind.Bias, [1], 4, 1, 0)]));
        Assert.Throws<OverflowException>(() => new ParameterTensor("b", ParameterKind.LinearWeight, [1 << 16, 1 << 16], 0, 1, 0));
    }

    private static Mask MaskOf(int[] convolution, int[] linear) => new(Layout, [BitSet.FromPositions(4, convolution), null, BitSet.FromPositions(3, linear)]);

    private static bool Keeps(Mask mask, int coordinate)
    {
        int tensor = coordinate < 4 ? 0 : coordinate < 6 ? 1 : 2;
        return mask[tensor] is not { } set || set[coordinate - Layout.Tensors[tensor].Offset];
    }

    private static Mask RandomMask(ref KeyedRandom random)
    {
        int conv = random.Next(17);
        int linear = random.Next(9);
        return new Mask(
            Layout,
            [
                conv == 16 ? null : BitSet.FromPositions(4, [.. Enumerable.Range(0, 4).Where(i => (conv >> i & 1) != 0)]),
                null,
                linear == 8 ? null : BitSet.FromPositions(3, [.. Enumerable.Range(0, 3).Where(i => (linear >> i & 1) != 0)]),
            ]);
    }
}
