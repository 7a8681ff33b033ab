using System.Runtime.InteropServices;

namespace Federated.Protocol.Aggregation;

/// <summary>
/// The exact sum of weighted vectors that are zero nearly everywhere: it holds the coordinates that any contribution named, and all others are zero. No order or grouping of the
/// contributions changes a bit of it. Memory: 16 bytes per named coordinate and as much again to find it. Not safe for use by several threads at once.
/// </summary>
public sealed class SparseExactSum
{
    private readonly Dictionary<int, int> slots = [];
    private FixedSums sums = new(0);

    /// <summary>A sum of nothing over vectors of <paramref name="length"/> coordinates.</summary>
    public SparseExactSum(int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        Length = length;
    }

    /// <summary>A sum that was formed elsewhere.</summary>
    /// <param name="length">Number of coordinates.</param>
    /// <param name="indices">The named ones, ascending.</param>
    /// <param name="sums">The sums there, from now on this one's own.</param>
    /// <param name="totalWeight">Sum of the weights.</param>
    internal SparseExactSum(int length, ReadOnlySpan<int> indices, FixedSums sums, long totalWeight)
    {
        Length = length;
        this.sums = sums;
        TotalWeight = totalWeight;
        slots.EnsureCapacity(indices.Length);
        for (int i = 0; i < indices.Length; i++)
            slots.Add(indices[i], i);
    }

    /// <summary>Number of coordinates, named or not.</summary>
    public int Length { get; }

    /// <summary>Number of coordinates that were named.</summary>
    public int Count => slots.Count;

    /// <summary>Sum of the weights of all contributions; a contribution counts where it names nothing, too.</summary>
    public long TotalWeight { get; private set; }

    /// <summary>Adds weight × values at some coordinates and zero at all others. When it throws, the sum is as it was before.</summary>
    /// <param name="indices">Coordinates, each at most once.</param>
    /// <param name="values">One value per index.</param>
    /// <param name="weight">1…<see cref="ExactSum.MaximumWeight"/>.</param>
    /// <param name="client">The client to name in an error.</param>
    /// <exception cref="NonFiniteContributionException">A value is NaN or infinite.</exception>
    /// <exception cref="ArgumentException">The number of values, an index or the weight does not fit.</exception>
    public void Add(ReadOnlySpan<int> indices, ReadOnlySpan<float> values, long weight, int client = -1)
    {
        if (values.Length != indices.Length)
            throw new ArgumentException($"{indices.Length} indices have {values.Length} values.", nameof(values));
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(weight);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(weight, ExactSum.MaximumWeight);
        RequireWeight(weight);
        for (int i = 0; i < values.Length; i++)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)indices[i], (uint)Length, nameof(indices));
            if (!float.IsFinite(values[i]))
                throw new NonFiniteContributionException(client, indices[i], values[i]);
        }

        for (int i = 0; i < values.Length; i++)
        {
            int slot = SlotOf(indices[i]);
            sums.AddValue(slot, BitConverter.SingleToInt32Bits(values[i]), weight);
        }

        TotalWeight += weight;
    }

    /// <summary>Adds another sum, which stays as it is: the named coordinates are those of either.</summary>
    /// <exception cref="ArgumentException">The lengths differ, the weights together pass 2^63 − 1, or it is the same sum.</exception>
    public void Merge(SparseExactSum other)
    {
        if (other.Length != Length || ReferenceEquals(other, this))
            throw new ArgumentException($"Another sum of {Length} coordinates is expected, not one of {other.Length} or this one.", nameof(other));
        RequireWeight(other.TotalWeight);
        // The order does not matter: every coordinate is a number of its own.
        foreach ((int index, int from) in other.slots)
        {
            int slot = SlotOf(index);
            sums.AddFrom(other.sums, from, slot);
        }

        TotalWeight += other.TotalWeight;
    }

    /// <summary>The weighted mean at the named coordinates, these ascending. Rounded as by <see cref="ExactSum.Mean"/>.</summary>
    /// <exception cref="InvalidOperationException">Nothing was added.</exception>
    public (int[] Indices, float[] Values) Mean()
    {
        (int[] indices, ExactSum gathered) = Gather();
        return (indices, gathered.Mean());
    }

    /// <summary>The named coordinates, ascending, and the sums there.</summary>
    internal (int[] Indices, ExactSum Sums) Gather()
    {
        int[] indices = [.. slots.Keys];
        Array.Sort(indices);
        var gathered = new FixedSums(indices.Length);
        for (int i = 0; i < indices.Length; i++)
            gathered.AddFrom(sums, slots[indices[i]], i);
        return (indices, new ExactSum(gathered, TotalWeight));
    }

    private int SlotOf(int index)
    {
        ref int slot = ref CollectionsMarshal.GetValueRefOrAddDefault(slots, index, out bool known);
        if (!known)
        {
            slot = slots.Count - 1;
            if (slot == sums.Length)
                Grow();
        }

        return slot;
    }

    private void Grow()
    {
        var larger = new FixedSums((int)Math.Min(Length, Math.Max(64, 2L * sums.Length)));
        for (int i = 0; i < sums.Length; i++)
            larger.AddFrom(sums, i, i);
        sums = larger;
    }

    private void RequireWeight(long more)
    {
        if (more > long.MaxValue - TotalWeight)
            throw new ArgumentException("The weights together pass 2^63 − 1.", nameof(more));
    }
}
