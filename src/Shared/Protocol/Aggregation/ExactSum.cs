using System.Buffers;
using System.Numerics;
using Federated.Engine.Kernels;

namespace Federated.Protocol.Aggregation;

/// <summary>
/// The exact sum of weighted float32 vectors: no order, grouping or retry of the contributions changes a bit of it, and partial sums may be formed anywhere and merged.
/// Every coordinate is a 128-bit integer in units of 2^-80, which holds |sum| under 2^47 and, without remainder, every float32 that is a multiple of 2^-80 (all of magnitude 2^-57 or more).
/// Contributions outside that go, still exact, to an integer without bounds in units of 2^-149 (the smallest float32), kept for the coordinates that need one.
/// Values of common size reach these integers by way of a pair of doubles per coordinate that hold them exactly (<see cref="SumGrid"/>), a stretch of coordinates at a time.
/// Memory: 16 bytes per coordinate. Not safe for use by several threads at once.
/// </summary>
public sealed class ExactSum
{
    private const string ChangedMeanwhile = "A contribution was written to while it was added.";

    private readonly FixedSums sums;
    private readonly SumPass pass;

    /// <summary>A sum of nothing, of <paramref name="length"/> coordinates.</summary>
    public ExactSum(int length)
        : this(length, VectorWidths.Best)
    {
    }

    /// <summary>The same with vectors of a width that need not be this machine's best. All give the same bits.</summary>
    internal ExactSum(int length, VectorWidth width)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        sums = new FixedSums(length);
        pass = SumPass.With(width);
    }

    /// <summary>The sum of what <paramref name="sums"/> holds, from now on its own.</summary>
    internal ExactSum(FixedSums sums, long totalWeight)
    {
        this.sums = sums;
        pass = SumPass.With(VectorWidths.Best);
        TotalWeight = totalWeight;
    }

    /// <summary>Number of coordinates.</summary>
    public int Length => sums.Length;

    /// <summary>Sum of the weights of all contributions.</summary>
    public long TotalWeight { get; private set; }

    /// <summary>Coordinates that need more than 128 bits; each costs an allocation per such contribution.</summary>
    public int SpilledCoordinates => sums.Spilled.Count;

    /// <summary>The largest weight of one contribution, 2^31 − 1.</summary>
    public static long MaximumWeight => int.MaxValue;

    /// <summary>Adds weight × values. When it throws, the sum is as it was before. Bound by the traffic of the sums: 16 bytes read and written and 4 bytes read per coordinate.</summary>
    /// <param name="values">One value per coordinate.</param>
    /// <param name="weight">1…<see cref="MaximumWeight"/>, for instance the client's number of samples.</param>
    /// <param name="client">The client to name in an error.</param>
    /// <exception cref="NonFiniteContributionException">A value is NaN or infinite.</exception>
    /// <exception cref="ArgumentException">The number of values or the weight does not fit.</exception>
    public unsafe void Add(ReadOnlySpan<float> values, long weight, int client = -1)
    {
        RequireLength(values.Length);
        long total = CheckWeight(TotalWeight, weight);
        fixed (float* first = values)
        {
            var vector = new WeightedVector(first, weight);
            if (!TryAdd(new ReadOnlySpan<WeightedVector>(in vector)))
            {
                RequireFinite(values, default, client);
                throw new InvalidOperationException(ChangedMeanwhile);
            }
        }

        TotalWeight = total;
    }

    /// <summary>
    /// Adds many contributions: the same sum as by adding one after the other, and faster, because the sums are read and written once for dozens of contributions, so that the
    /// 4 bytes of each value are the traffic that remains. When it throws, the sum is as it was before: none was added.
    /// </summary>
    /// <param name="contributions">Vectors with one value per coordinate.</param>
    /// <param name="workers">Threads at work, each on coordinates of its own; the bits do not depend on it.</param>
    /// <exception cref="NonFiniteContributionException">A value is NaN or infinite: the first of the first contribution that has one.</exception>
    /// <exception cref="ArgumentException">A number of values or a weight does not fit.</exception>
    public unsafe void AddMany(ReadOnlySpan<Contribution> contributions, int workers = 1)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(workers);
        long total = TotalWeight;
        foreach (Contribution contribution in contributions)
        {
            RequireLength(contribution.Values.Length);
            total = CheckWeight(total, contribution.Weight);
        }

        var vectors = new WeightedVector[contributions.Length];
        var pins = new MemoryHandle[contributions.Length];
        try
        {
            for (int i = 0; i < vectors.Length; i++)
            {
                pins[i] = contributions[i].Values.Pin();
                vectors[i] = new WeightedVector((float*)pins[i].Pointer, contributions[i].Weight);
            }

            if (!(workers == 1 ? TryAdd(vectors) : TryAdd(vectors, workers)))
            {
                foreach (Contribution contribution in contributions)
                    RequireFinite(contribution.Values.Span, default, contribution.Client);
                throw new InvalidOperationException(ChangedMeanwhile);
            }
        }
        finally
        {
            foreach (ref MemoryHandle pin in pins.AsSpan())
                pin.Dispose();
        }

        TotalWeight = total;
    }

    /// <summary>Adds weight × values at some coordinates and nothing at the others; the weight counts for all of them.</summary>
    /// <param name="indices">Coordinates, each at most once.</param>
    /// <param name="values">One value per index.</param>
    /// <param name="weight">1…<see cref="MaximumWeight"/>.</param>
    /// <param name="client">The client to name in an error.</param>
    /// <exception cref="NonFiniteContributionException">A value is NaN or infinite.</exception>
    /// <exception cref="ArgumentException">The number of values, an index or the weight does not fit.</exception>
    public void AddAt(ReadOnlySpan<int> indices, ReadOnlySpan<float> values, long weight, int client = -1)
    {
        if (values.Length != indices.Length)
            throw new ArgumentException($"{indices.Length} indices have {values.Length} values.", nameof(values));
        long total = CheckWeight(TotalWeight, weight);
        foreach (int index in indices)
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Length, nameof(indices));
        RequireFinite(values, indices, client);
        for (int i = 0; i < values.Length; i++)
            sums.AddValue(indices[i], BitConverter.SingleToInt32Bits(values[i]), weight);
        TotalWeight = total;
    }

    /// <summary>Adds another sum, which stays as it is.</summary>
    /// <exception cref="ArgumentException">The lengths differ, or the weights together pass 2^63 − 1.</exception>
    public void Merge(ExactSum other)
    {
        if (other.Length != Length)
            throw new ArgumentException($"The sums have {Length} and {other.Length} coordinates.", nameof(other));
        if (other.TotalWeight > long.MaxValue - TotalWeight)
            throw new ArgumentException("The weights together pass 2^63 − 1.", nameof(other));
        // Taken before anything is added, because a sum may be merged with itself.
        KeyValuePair<int, BigInteger>[] spilled = [.. other.sums.Spilled];
        pass.Merge(other.sums, sums);
        // The order does not matter: every coordinate has one entry and integers are added.
        foreach ((int index, BigInteger value) in spilled)
            sums.Spill(index, value);
        TotalWeight += other.TotalWeight;
    }

    /// <summary>Adds a sum that crossed.</summary>
    /// <exception cref="ArgumentException">The lengths differ, or the weights together pass 2^63 − 1.</exception>
    public void Merge(EncodedVectorSum other)
    {
        if (other.Length != Length)
            throw new ArgumentException($"The sums have {Length} and {other.Length} coordinates.", nameof(other));
        if (other.TotalWeight > long.MaxValue - TotalWeight)
            throw new ArgumentException("The weights together pass 2^63 − 1.", nameof(other));
        other.AddTo(sums);
        TotalWeight += other.TotalWeight;
    }

    /// <summary>The weighted mean: every coordinate is the exact sum over the total weight, rounded once to the nearest float32, ties to even. A zero is positive.</summary>
    /// <exception cref="InvalidOperationException">Nothing was added.</exception>
    public float[] Mean()
    {
        ulong divisor = RequireWeight();
        float[] mean = GC.AllocateUninitializedArray<float>(Length);
        pass.Mean(sums, divisor, mean);
        // The order does not matter: every coordinate is a number of its own.
        foreach (int index in sums.Spilled.Keys)
            mean[index] = (float)ExactRounding.Quotient(Total(index), divisor, FixedSums.SpillFractionBits, ExactRounding.Single);
        return mean;
    }

    /// <summary>The weighted mean, rounded once to the nearest double, ties to even.</summary>
    /// <exception cref="InvalidOperationException">Nothing was added.</exception>
    public double[] MeanDouble()
    {
        ulong divisor = RequireWeight();
        double[] mean = new double[Length];
        for (int i = 0; i < mean.Length; i++)
            mean[i] = ExactRounding.Quotient(Total(i), divisor, FixedSums.SpillFractionBits, ExactRounding.Double);
        return mean;
    }

    /// <summary>Whether the sum at any of <paramref name="count"/> coordinates from <paramref name="start"/> on is less than zero.</summary>
    public bool HasNegative(int start, int count)
    {
        for (int i = start; i < start + count; i++)
        {
            if (sums.IsNegative(i))
                return true;
        }

        return false;
    }

    /// <summary>The exact numbers.</summary>
    internal FixedSums Sums => sums;

    /// <summary>The exact sum at a coordinate, in units of 2^-149.</summary>
    internal BigInteger Total(int index) => sums.Total(index);

    private static void RequireFinite(ReadOnlySpan<float> values, ReadOnlySpan<int> indices, int client)
    {
        for (int i = 0; i < values.Length; i++)
        {
            if (!float.IsFinite(values[i]))
                throw new NonFiniteContributionException(client, indices.IsEmpty ? i : indices[i], values[i]);
        }
    }

    private static long CheckWeight(long total, long weight)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(weight);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(weight, MaximumWeight);
        if (weight > long.MaxValue - total)
            throw new ArgumentException("The weights together pass 2^63 − 1.", nameof(weight));
        return total + weight;
    }

    private void RequireLength(int values)
    {
        if (values != Length)
            throw new ArgumentException($"The sum has {Length} coordinates, the contribution {values}.", nameof(values));
    }

    private ulong RequireWeight() =>
        TotalWeight > 0 ? (ulong)TotalWeight : throw new InvalidOperationException("The mean of nothing is asked for; add a contribution first.");

    /// <summary>Adds the vectors, or nothing when one of them holds a value that is not finite.</summary>
    private bool TryAdd(ReadOnlySpan<WeightedVector> vectors)
    {
        int stretches = Stretches();
        for (int i = 0; i < stretches; i++)
        {
            int added = AddStretch(vectors, i);
            if (added == vectors.Length)
                continue;
            TakeAway(vectors[..added], i);
            for (int before = 0; before < i; before++)
                TakeAway(vectors, before);
            return false;
        }

        return true;
    }

    /// <summary>The same by several threads.</summary>
    private bool TryAdd(WeightedVector[] vectors, int workers)
    {
        int[] added = new int[Stretches()];
        Parallel.For(0, added.Length, new ParallelOptions { MaxDegreeOfParallelism = workers }, (i, state) =>
        {
            added[i] = AddStretch(vectors, i);
            if (added[i] < vectors.Length)
                state.Stop();
        });
        if (Array.TrueForAll(added, count => count == vectors.Length))
            return true;
        for (int i = 0; i < added.Length; i++)
            TakeAway(vectors.AsSpan(0, added[i]), i);
        return false;
    }

    /// <summary>Whole stretches, the rest of whole granules, and the values after these.</summary>
    private int Stretches()
    {
        int granular = Length / FixedSums.Granularity * FixedSums.Granularity;
        return ((granular + SumPass.Stretch - 1) / SumPass.Stretch) + (granular < Length ? 1 : 0);
    }

    private int AddStretch(ReadOnlySpan<WeightedVector> vectors, int stretch)
    {
        int granular = Length / FixedSums.Granularity * FixedSums.Granularity;
        int start = Math.Min(stretch * SumPass.Stretch, granular);
        int end = start < granular ? Math.Min(start + SumPass.Stretch, granular) : Length;
        return pass.Add(sums, vectors, start, end - start);
    }

    /// <summary>Undoes <see cref="AddStretch"/>: exact sums have an exact inverse.</summary>
    private unsafe void TakeAway(ReadOnlySpan<WeightedVector> vectors, int stretch)
    {
        if (vectors.IsEmpty)
            return;
        var opposite = new WeightedVector[vectors.Length];
        for (int i = 0; i < opposite.Length; i++)
            opposite[i] = new WeightedVector(vectors[i].Values, -vectors[i].Weight);
        AddStretch(opposite, stretch);
    }
}
