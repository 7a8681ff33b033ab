using System.Collections.Immutable;

namespace Federated.Engine.Parameters;

/// <summary>
/// Some whole tensors of a model: those that train as against those that are frozen, or those that cross as against those that the receiver holds.
/// The compact vector that belongs to a subset holds the values of its tensors only, tensor after tensor in the layout's order.
/// Unlike a <see cref="Mask"/>, which says what exists, a subset says nothing about the other tensors: scattering leaves them as they are.
/// </summary>
public sealed class ParameterSubset : IEquatable<ParameterSubset>
{
    private readonly BitSet members;

    /// <summary>The subset with the tensors of these indices; they may come in any order and repeat.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The layout has no tensor of an index.</exception>
    public ParameterSubset(ParameterLayout layout, params ReadOnlySpan<int> tensors)
        : this(layout, BitSet.FromPositions(layout.Tensors.Length, tensors))
    {
    }

    /// <summary>The subset with the tensors whose positions are set.</summary>
    /// <exception cref="ArgumentException">The set does not have as many positions as the layout has tensors.</exception>
    public ParameterSubset(ParameterLayout layout, BitSet members)
    {
        if (members.Length != layout.Tensors.Length)
            throw new ArgumentException($"The layout has {layout.Tensors.Length} tensors, the set {members.Length} positions.", nameof(members));
        Layout = layout;
        this.members = members;
        Tensors = [.. members.ToPositions()];
        var ranges = ImmutableArray.CreateBuilder<ParameterRange>();
        foreach (int index in Tensors)
        {
            ParameterTensor tensor = layout.Tensors[index];
            Count += tensor.Count;
            if (ranges.Count > 0 && ranges[^1].End == tensor.Offset)
                ranges[^1] = ranges[^1] with { Length = ranges[^1].Length + tensor.Count };
            else if (tensor.Count > 0)
                ranges.Add(new ParameterRange(tensor.Offset, tensor.Count));
        }

        Ranges = ranges.DrainToImmutable();
    }

    /// <summary>The layout that the subset belongs to.</summary>
    public ParameterLayout Layout { get; }

    /// <summary>Length of the compact vector: the values of all tensors of the subset.</summary>
    public int Count { get; }

    /// <summary>Indices of the tensors, ascending.</summary>
    public ImmutableArray<int> Tensors { get; }

    /// <summary>The tensors as a set of indices.</summary>
    public BitSet Members => members;

    /// <summary>The stretches of the dense vector that the subset covers, ascending; neighbouring tensors share one, so that between two of them at least one coordinate is left out.</summary>
    public ImmutableArray<ParameterRange> Ranges { get; }

    /// <summary>Whether no tensor is in the subset.</summary>
    public bool IsEmpty => Tensors.IsEmpty;

    /// <summary>Whether every tensor is in the subset.</summary>
    public bool IsAll => Tensors.Length == Layout.Tensors.Length;

    /// <summary>The subset with every tensor.</summary>
    public static ParameterSubset All(ParameterLayout layout) => new(layout, BitSet.Full(layout.Tensors.Length));

    /// <summary>The subset without any tensor.</summary>
    public static ParameterSubset None(ParameterLayout layout) => new(layout);

    /// <summary>The subset with the tensors of which <paramref name="contains"/> is true.</summary>
    public static ParameterSubset Where(ParameterLayout layout, Func<ParameterTensor, bool> contains) =>
        new(layout, [.. Enumerable.Range(0, layout.Tensors.Length).Where(tensor => contains(layout.Tensors[tensor]))]);

    /// <summary>Whether the tensor of index <paramref name="tensor"/> is in the subset.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The layout has no such tensor.</exception>
    public bool Contains(int tensor) => members[tensor];

    /// <summary>The tensors that are not in this subset.</summary>
    public ParameterSubset Complement() => new(Layout, BitSet.Full(members.Length).Except(members));

    /// <summary>The tensors in either subset.</summary>
    /// <exception cref="ArgumentException">The other subset's layout has another number of tensors.</exception>
    public ParameterSubset Union(ParameterSubset other) => new(Layout, members.Or(other.members));

    /// <summary>The tensors in both subsets.</summary>
    /// <exception cref="ArgumentException">The other subset's layout has another number of tensors.</exception>
    public ParameterSubset Intersect(ParameterSubset other) => new(Layout, members.And(other.members));

    /// <summary>The tensors of this subset that are not in the other.</summary>
    /// <exception cref="ArgumentException">The other subset's layout has another number of tensors.</exception>
    public ParameterSubset Except(ParameterSubset other) => new(Layout, members.Except(other.members));

    /// <summary>Copies the values of the subset's tensors out of a dense vector (length <c>Layout.Count</c>) into a compact one (length <see cref="Count"/>).</summary>
    public void Gather(ReadOnlySpan<float> dense, Span<float> compact)
    {
        RequireLength(dense.Length, Layout.Count, nameof(dense));
        RequireLength(compact.Length, Count, nameof(compact));
        int next = 0;
        foreach (ParameterRange range in Ranges)
        {
            dense.Slice(range.Start, range.Length).CopyTo(compact[next..]);
            next += range.Length;
        }
    }

    /// <summary>The values of the subset's tensors, in an array of their own.</summary>
    public float[] Gather(ReadOnlySpan<float> dense)
    {
        float[] compact = GC.AllocateUninitializedArray<float>(Count);
        Gather(dense, compact);
        return compact;
    }

    /// <summary>Writes a compact vector into a dense one; the values of all other tensors stay.</summary>
    public void Scatter(ReadOnlySpan<float> compact, Span<float> dense)
    {
        RequireLength(dense.Length, Layout.Count, nameof(dense));
        RequireLength(compact.Length, Count, nameof(compact));
        int next = 0;
        foreach (ParameterRange range in Ranges)
        {
            compact.Slice(next, range.Length).CopyTo(dense[range.Start..]);
            next += range.Length;
        }
    }

    /// <inheritdoc/>
    public bool Equals(ParameterSubset? other) => other is not null && Layout.Count == other.Layout.Count && members.Equals(other.members);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as ParameterSubset);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Count, members);

    private static void RequireLength(int actual, int expected, string name)
    {
        if (actual != expected)
            throw new ArgumentException($"Expected {expected} values, got {actual}.", name);
    }
}
