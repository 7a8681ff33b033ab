using Federated.Engine.Parameters;
using Federated.Pruning.Selection;

namespace Federated.Pruning.Adjustment;

/// <summary>
/// A mask adjustment (RigL, arXiv 1911.11134; FedTiny, arXiv 2212.01977): pruned weights come back at zero, and as many of the weights kept so far, those of smallest
/// magnitude, go. What grows is never dropped in the same adjustment although it is zero.
/// </summary>
public sealed class MaskAdjustment
{
    private MaskAdjustment(Mask before, Mask after, IReadOnlyList<TensorAdjustment> changes)
    {
        Before = before;
        After = after;
        Changes = changes;
    }

    /// <summary>The mask as it was.</summary>
    public Mask Before { get; }

    /// <summary>The mask as it is now.</summary>
    public Mask After { get; }

    /// <summary>What changed, in the order of the tensors given.</summary>
    public IReadOnlyList<TensorAdjustment> Changes { get; }

    /// <summary>
    /// How many weights of a tensor to exchange: round(<paramref name="fraction"/>·kept), halves to even, at most as many as are pruned. Unlike a density it may come to 0.
    /// </summary>
    /// <param name="mask">The mask before the adjustment.</param>
    /// <param name="tensor">Index of the tensor in the layout.</param>
    /// <param name="fraction">Share of the kept weights, in [0, 1].</param>
    public static int ExchangeCount(Mask mask, int tensor, double fraction)
    {
        if (!(fraction >= 0 && fraction <= 1))
            throw new ArgumentOutOfRangeException(nameof(fraction), fraction, "The fraction of kept weights to exchange is 0 to 1.");
        int kept = mask.CompactCount(tensor);
        return Math.Min((int)Math.Round(kept * fraction), mask.Layout.Tensors[tensor].Count - kept);
    }

    /// <summary>Grows and drops in the given tensors; the others stay as they are.</summary>
    /// <param name="mask">The mask before.</param>
    /// <param name="compact">The values that belong to it, length <c>mask.Count</c>.</param>
    /// <param name="changes">What to do, at most once per tensor.</param>
    /// <exception cref="ArgumentException">
    /// A tensor cannot be pruned or comes twice, a grown position is kept, out of order or outside, more is dropped than is kept, nothing would be left, or a value is NaN.
    /// </exception>
    public static MaskAdjustment Adjust(Mask mask, ReadOnlySpan<float> compact, IReadOnlyList<TensorChange> changes)
    {
        if (compact.Length != mask.Count)
            throw new ArgumentException($"The mask keeps {mask.Count} values, {compact.Length} are given.", nameof(compact));
        ParameterLayout layout = mask.Layout;
        var kept = new BitSet?[layout.Tensors.Length];
        for (int t = 0; t < kept.Length; t++)
            kept[t] = mask[t];
        var done = new TensorAdjustment[changes.Count];
        var seen = new HashSet<int>();
        for (int i = 0; i < done.Length; i++)
        {
            TensorChange change = changes[i];
            if ((uint)change.Tensor >= (uint)kept.Length || !layout.Tensors[change.Tensor].IsPrunable || !seen.Add(change.Tensor))
                throw new ArgumentException($"Tensor {change.Tensor} does not exist, cannot be pruned, or comes twice.", nameof(changes));
            ParameterTensor tensor = layout.Tensors[change.Tensor];
            ReadOnlySpan<float> values = compact.Slice(mask.CompactOffset(change.Tensor), mask.CompactCount(change.Tensor));
            (kept[change.Tensor], done[i]) = Adjust(tensor, kept[change.Tensor] ?? BitSet.Full(tensor.Count), values, change);
        }

        return new MaskAdjustment(mask, new Mask(layout, kept), done);
    }

    private static (BitSet Kept, TensorAdjustment Done) Adjust(ParameterTensor tensor, BitSet kept, ReadOnlySpan<float> values, TensorChange change)
    {
        if (change.DropCount < 0 || change.DropCount > kept.Count)
            throw new ArgumentException($"{tensor.Name} keeps {kept.Count} weights, so {change.DropCount} cannot be dropped.", nameof(change));
        if (kept.Count - change.DropCount + change.Grown.Count < 1)
            throw new ArgumentException($"{tensor.Name} would keep nothing; every layer keeps at least one weight.", nameof(change));
        ulong[] words = kept.Words.ToArray();
        int[] positions = kept.ToPositions();
        BitSet staying = TopSelection.ByMagnitude(values, values.Length - change.DropCount);
        int[] dropped = new int[change.DropCount];
        int next = 0;
        for (int i = 0; i < positions.Length; i++)
        {
            if (staying[i])
                continue;
            dropped[next++] = positions[i];
            words[positions[i] >> 6] &= ~(1UL << (positions[i] & 63));
        }

        int previous = -1;
        foreach (int position in change.Grown)
        {
            if (position <= previous || position >= tensor.Count || kept[position])
                throw new ArgumentException($"{tensor.Name}: {position} is not a pruned position above {previous}.", nameof(change));
            words[position >> 6] |= 1UL << (position & 63);
            previous = position;
        }

        return (BitSet.FromWords(tensor.Count, words), new TensorAdjustment(change.Tensor, change.Grown, dropped));
    }
}
