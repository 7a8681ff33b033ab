using System.Collections.Immutable;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Federated.Engine.Parameters;

/// <summary>
/// Which coordinates of a model exist. A tensor that cannot be pruned, or is left dense, has all of them.
/// The compact vector that belongs to a mask holds the kept values only: tensor after tensor in the layout's order, within a tensor ascending (row-major).
/// It is what a worker trains, what a payload carries for a known mask, and what the server adds up.
/// </summary>
public sealed class Mask : IEquatable<Mask>
{
    private readonly ImmutableArray<BitSet?> kept;
    private readonly ImmutableArray<int> compactOffsets;
    private string? digest;

    /// <summary>A mask from one set per tensor of the layout; null keeps the whole tensor.</summary>
    /// <exception cref="ArgumentException">The number of sets or a set's length does not fit, or a tensor that cannot be pruned has a set.</exception>
    public Mask(ParameterLayout layout, IReadOnlyList<BitSet?> keptPerTensor)
    {
        if (keptPerTensor.Count != layout.Tensors.Length)
            throw new ArgumentException($"The layout has {layout.Tensors.Length} tensors, the mask {keptPerTensor.Count}.", nameof(keptPerTensor));
        Layout = layout;
        int[] offsets = new int[layout.Tensors.Length + 1];
        var sets = ImmutableArray.CreateBuilder<BitSet?>(layout.Tensors.Length);
        for (int i = 0; i < layout.Tensors.Length; i++)
        {
            ParameterTensor tensor = layout.Tensors[i];
            BitSet? set = keptPerTensor[i];
            if (set is not null && !tensor.IsPrunable)
                throw new ArgumentException($"{tensor.Name} cannot be pruned.", nameof(keptPerTensor));
            if (set is not null && set.Length != tensor.Count)
                throw new ArgumentException($"{tensor.Name} has {tensor.Count} values, its mask {set.Length}.", nameof(keptPerTensor));
            // One canonical form: a full set is the same mask as no set, so it must compare and hash alike.
            sets.Add(set is not null && set.Count == set.Length ? null : set);
            offsets[i + 1] = offsets[i] + (set?.Count ?? tensor.Count);
            if (tensor.IsPrunable)
                PrunableKept += set?.Count ?? tensor.Count;
        }

        kept = sets.MoveToImmutable();
        compactOffsets = ImmutableCollectionsMarshal.AsImmutableArray(offsets);
    }

    /// <summary>The layout that the mask belongs to.</summary>
    public ParameterLayout Layout { get; }

    /// <summary>Length of the compact vector: kept weights and all values that cannot be pruned.</summary>
    public int Count => compactOffsets[^1];

    /// <summary>Kept weights among those that may be pruned.</summary>
    public int PrunableKept { get; }

    /// <summary>Kept share of the weights that may be pruned, 0…1.</summary>
    public double Density => Layout.PrunableCount == 0 ? 1 : (double)PrunableKept / Layout.PrunableCount;

    /// <summary>Whether every coordinate is kept.</summary>
    public bool IsDense => Count == Layout.Count;

    /// <summary>SHA-256 of the bits in lower-case hexadecimal; equal masks of one layout have equal digests.</summary>
    public string Digest => digest ??= ComputeDigest();

    /// <summary>The kept positions of tensor <paramref name="tensor"/>, or null when all are kept.</summary>
    public BitSet? this[int tensor] => kept[tensor];

    /// <summary>The mask that keeps everything.</summary>
    public static Mask Dense(ParameterLayout layout) => new(layout, new BitSet?[layout.Tensors.Length]);

    /// <summary>Where the values of tensor <paramref name="tensor"/> start in the compact vector.</summary>
    public int CompactOffset(int tensor) => compactOffsets[tensor];

    /// <summary>Number of kept values of tensor <paramref name="tensor"/>.</summary>
    public int CompactCount(int tensor) => compactOffsets[tensor + 1] - compactOffsets[tensor];

    /// <summary>Kept share of tensor <paramref name="tensor"/>.</summary>
    public double TensorDensity(int tensor) => (double)CompactCount(tensor) / Layout.Tensors[tensor].Count;

    /// <summary>Copies the kept values of a dense vector (length <c>Layout.Count</c>) into a compact one (length <see cref="Count"/>).</summary>
    public void Gather(ReadOnlySpan<float> dense, Span<float> compact)
    {
        RequireLength(dense.Length, Layout.Count, nameof(dense));
        RequireLength(compact.Length, Count, nameof(compact));
        for (int i = 0; i < kept.Length; i++)
        {
            ReadOnlySpan<float> from = dense.Slice(Layout.Tensors[i].Offset, Layout.Tensors[i].Count);
            Span<float> to = compact.Slice(compactOffsets[i], CompactCount(i));
            if (kept[i] is not { } set)
            {
                from.CopyTo(to);
                continue;
            }

            int next = 0;
            foreach (int position in set.ToPositions())
                to[next++] = from[position];
        }
    }

    /// <summary>Writes a compact vector into a dense one; coordinates that do not exist become zero.</summary>
    public void Scatter(ReadOnlySpan<float> compact, Span<float> dense)
    {
        RequireLength(dense.Length, Layout.Count, nameof(dense));
        RequireLength(compact.Length, Count, nameof(compact));
        for (int i = 0; i < kept.Length; i++)
        {
            ReadOnlySpan<float> from = compact.Slice(compactOffsets[i], CompactCount(i));
            Span<float> to = dense.Slice(Layout.Tensors[i].Offset, Layout.Tensors[i].Count);
            if (kept[i] is not { } set)
            {
                from.CopyTo(to);
                continue;
            }

            to.Clear();
            int next = 0;
            foreach (int position in set.ToPositions())
                to[position] = from[next++];
        }
    }

    /// <summary>The values that belong to <paramref name="target"/>: those that both masks keep are copied, those that only the target keeps start at zero.</summary>
    public float[] Transfer(ReadOnlySpan<float> compact, Mask target)
    {
        float[] dense = new float[Layout.Count];
        Scatter(compact, dense);
        float[] result = new float[target.Count];
        target.Gather(dense, result);
        return result;
    }

    /// <inheritdoc/>
    public bool Equals(Mask? other) => other is not null && (ReferenceEquals(this, other)
        || (Count == other.Count && kept.Length == other.kept.Length && Enumerable.Range(0, kept.Length).All(i => Equals(kept[i], other.kept[i]))));

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Mask);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Count, PrunableKept);

    private static void RequireLength(int actual, int expected, string name)
    {
        if (actual != expected)
            throw new ArgumentException($"Expected {expected} values, got {actual}.", name);
    }

    private string ComputeDigest()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (BitSet? set in kept)
        {
            hash.AppendData([(byte)(set is null ? 0 : 1)]);
            if (set is not null)
                hash.AppendData(MemoryMarshal.AsBytes(set.Words));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
