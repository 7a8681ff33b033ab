using Federated.Engine.Randomness;
using Federated.Protocol.Aggregation;
using Federated.Protocol.Payloads;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace Federated.Protocol.Tests;

public sealed class SparseExactSumTests
{
    private const int Length = 300;

    private static readonly Gen<float> Floats =
        Gen.OneOf(Gen.Choose(-1000, 1000).Select(i => i / 64f), Gen.Elements(0f, -0f, float.Epsilon, 1e-30f, 3e38f, -3e38f));

    private static readonly Gen<(int[] Indices, float[] Values, long Weight)> Contributions =
        from picks in Gen.Choose(0, Length - 1).ListOf()
        let indices = picks.Distinct().Order().ToArray()
        from values in Floats.ArrayOf(indices.Length)
        from weight in Gen.Choose(1, int.MaxValue)
        select (indices, values, (long)weight);

    [Fact]
    public void It_is_the_dense_sum_at_the_named_coordinates() => Properties.Check(Contributions.NonEmptyListOf(), contributions =>
    {
        SparseExactSum sparse = Sum(contributions);
        var dense = new ExactSum(Length);
        foreach ((int[] indices, float[] values, long weight) in contributions)
            dense.AddAt(indices, values, weight);
        float[] mean = dense.Mean();
        (int[] named, float[] values2) = sparse.Mean();
        return named.SequenceEqual(contributions.SelectMany(c => c.Indices).Distinct().Order())
            && values2.SequenceEqual(named.Select(index => mean[index])) && sparse.TotalWeight == dense.TotalWeight;
    });

    [Fact]
    public void A_sum_has_one_encoding_whatever_its_order_and_grouping_and_survives_the_crossing() => Properties.Check(Contributions.NonEmptyListOf(), contributions =>
    {
        byte[] whole = SparsePartialSum.Encode(Sum(contributions));
        var left = new SparseExactSum(Length);
        var right = new SparseExactSum(Length);
        foreach ((int[] indices, float[] values, long weight) in Enumerable.Reverse(contributions))
            (weight % 2 == 0 ? left : right).Add(indices, values, weight);
        SparseExactSum merged = SparsePartialSum.Decode(SparsePartialSum.Encode(left), Length, Length).Sum;
        merged.Merge(SparsePartialSum.Decode(SparsePartialSum.Encode(right), Length, Length).Sum);
        return SparsePartialSum.Encode(merged).AsSpan().SequenceEqual(whole) && whole.Length <= SparsePartialSum.LargestBytes(Length, merged.Count, merged.TotalWeight);
    });

    [Fact]
    public void A_named_zero_stays_named()
    {
        var sum = new SparseExactSum(5);
        sum.Add([1, 3], [2f, -1f], 2);
        sum.Add([1], [-2f], 2);
        sum.Add([], [], 4);
        (int[] indices, float[] values) = sum.Mean();
        Assert.Equal([1, 3], indices);
        Assert.Equal([0f, -0.25f], values); // (2·2 − 2·2) / 8; −2/8
    }

    [Fact]
    public void What_does_not_fit_is_refused_and_changes_nothing()
    {
        var sum = new SparseExactSum(5);
        sum.Add([1], [1f], 1);
        byte[] before = SparsePartialSum.Encode(sum);
        Assert.Throws<ArgumentOutOfRangeException>(() => sum.Add([2, 5], [1f, 1f], 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => sum.Add([2, -1], [1f, 1f], 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => sum.Add([2], [1f], 0));
        Assert.Throws<ArgumentException>(() => sum.Add([2], [1f, 2f], 1));
        Assert.Throws<NonFiniteContributionException>(() => sum.Add([2, 3], [1f, float.NaN], 1));
        Assert.Throws<ArgumentException>(() => sum.Merge(new SparseExactSum(6)));
        Assert.Throws<ArgumentException>(() => sum.Merge(sum));
        Assert.Equal(before, SparsePartialSum.Encode(sum));
    }

    [Fact]
    public void A_count_that_nobody_may_name_or_the_bytes_cannot_hold_gets_no_memory()
    {
        const int length = 1 << 30;
        var sum = new SparseExactSum(length);
        sum.Add([5, 1000, 70000], [1f, 2f, 3f], 1);
        byte[] bytes = SparsePartialSum.Encode(sum);
        Assert.Equal(3, SparsePartialSum.Decode(bytes, length, 3).Sum.Count);
        Assert.Equal(PayloadError.OutOfRange, Assert.Throws<PayloadException>(() => SparsePartialSum.Decode(bytes, length, 2)).Error);

        byte[] absurd = [(byte)'F', (byte)'S', 1, 2, 0xFF, 0xFF, 0xFF, 0xFF, 3, 0, 0, 0];
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Equal(PayloadError.Truncated, Assert.Throws<PayloadException>(() => SparsePartialSum.Decode(absurd, length, length)).Error);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 16384);
    }

    /// <summary>Sets that the gap coder finds hardest: all at the end, halving gaps, every other position, ends of blocks.</summary>
    [Theory]
    [InlineData(1 << 20, 1)]
    [InlineData(1 << 20, 40)]
    [InlineData(1 << 20, 5000)]
    [InlineData(100_000, 30_000)]
    [InlineData(1000, 499)]
    public void No_sum_is_longer_than_the_bound_says(int length, int count)
    {
        int[][] sets =
        [
            [.. Enumerable.Range(length - count, count)],
            [.. Enumerable.Range(0, count)],
            [.. Enumerable.Range(0, count).Select(i => length - 1 - ((length - 1) >> Math.Min(i, 30))).Concat(Enumerable.Range(0, length)).Distinct().Take(count).Order()],
            [.. Enumerable.Range(0, count).Select(i => (int)((long)i * length / count))],
            [.. Enumerable.Range(0, count / 2), .. Enumerable.Range(length - (count - (count / 2)), count - (count / 2))],
        ];
        foreach (int[] set in sets)
        {
            var sum = new SparseExactSum(length);
            sum.Add(set, [.. set.Select((_, i) => i % 2 == 0 ? float.Epsilon : float.MaxValue)], int.MaxValue);
            Assert.InRange(SparsePartialSum.Encode(sum).Length, 1, SparsePartialSum.LargestBytes(length, count, sum.TotalWeight));
        }
    }

    [Fact]
    public void Mutated_bytes_end_in_their_only_sum_or_in_a_typed_error()
    {
        var random = new KeyedRandom(new RandomKey(31, RandomPurpose.Synthetic));
        var sum = new SparseExactSum(5000);
        for (int client = 0; client < 5; client++)
        {
            int[] indices = [.. Enumerable.Range(0, 40).Select(i => (i * 110) + (client * 13))];
            sum.Add(indices, [.. indices.Select(i => i / 977f)], 10 + client);
        }

        byte[] valid = SparsePartialSum.Encode(sum);
        int refused = 0;
        for (int i = 0; i < 3000; i++)
        {
            byte[] mutated = [.. valid];
            for (int edits = 1 + random.Next(3); edits > 0; edits--)
                mutated[random.Next(2) == 0 ? random.Next(Math.Min(80, mutated.Length)) : random.Next(mutated.Length)] = (byte)random.Next(256);
            if (random.Next(4) == 0)
                mutated = mutated[..random.Next(mutated.Length)];
            long before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                Assert.Equal(mutated, SparsePartialSum.Encode(SparsePartialSum.Decode(mutated, 5000, 200).Sum));
            }
            catch (PayloadException error)
            {
                refused++;
                Assert.InRange(error.Offset, 0, mutated.Length);
            }

            // At most 200 named coordinates, decoded and encoded again.
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 131072);
        }

        Assert.InRange(refused, 1000, 3000);
    }

    private static SparseExactSum Sum(IEnumerable<(int[] Indices, float[] Values, long Weight)> contributions)
    {
        var sum = new SparseExactSum(Length);
        foreach ((int[] indices, float[] values, long weight) in contributions)
            sum.Add(indices, values, weight);
        return sum;
    }
}
