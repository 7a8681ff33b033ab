using System.Numerics;
using Federated.Engine.Parameters;

namespace Federated.Pruning.Adjustment;

/// <summary>How alike two masks of one layout are, over the weights that can be pruned.</summary>
/// <param name="Shared">Weights that both keep.</param>
/// <param name="OnlyFirst">Weights that only the first keeps.</param>
/// <param name="OnlySecond">Weights that only the second keeps.</param>
public readonly record struct MaskOverlap(long Shared, long OnlyFirst, long OnlySecond)
{
    /// <summary>Intersection over union (Jaccard index), 0…1; 1 for two empty masks.</summary>
    public double IntersectionOverUnion => Shared + OnlyFirst + OnlySecond == 0 ? 1 : (double)Shared / (Shared + OnlyFirst + OnlySecond);

    /// <summary>Share of the first mask's weights that the second no longer keeps, 0…1: with the first before the second, how much of the mask was exchanged.</summary>
    public double Churn => Shared + OnlyFirst == 0 ? 0 : (double)OnlyFirst / (Shared + OnlyFirst);

    /// <summary>The overlap over all tensors that can be pruned.</summary>
    /// <exception cref="ArgumentException">The masks belong to layouts of different shapes.</exception>
    public static MaskOverlap Of(Mask first, Mask second)
    {
        RequireSameShapes(first, second);
        var total = default(MaskOverlap);
        for (int t = 0; t < first.Layout.Tensors.Length; t++)
        {
            if (!first.Layout.Tensors[t].IsPrunable)
                continue;
            MaskOverlap part = OfTensorUnchecked(first, second, t);
            total = new MaskOverlap(total.Shared + part.Shared, total.OnlyFirst + part.OnlyFirst, total.OnlySecond + part.OnlySecond);
        }

        return total;
    }

    /// <summary>The overlap in one tensor of the layout.</summary>
    /// <exception cref="ArgumentException">The masks belong to layouts of different shapes.</exception>
    public static MaskOverlap OfTensor(Mask first, Mask second, int tensor)
    {
        RequireSameShapes(first, second);
        return OfTensorUnchecked(first, second, tensor);
    }

    private static MaskOverlap OfTensorUnchecked(Mask first, Mask second, int tensor)
    {
        int firstCount = first.CompactCount(tensor);
        int secondCount = second.CompactCount(tensor);
        // A tensor without a set keeps everything, so that what both keep is what the other keeps.
        long shared = first[tensor] is { } a && second[tensor] is { } b ? CountBoth(a.Words, b.Words) : Math.Min(firstCount, secondCount);
        return new MaskOverlap(shared, firstCount - shared, secondCount - shared);
    }

    private static long CountBoth(ReadOnlySpan<ulong> a, ReadOnlySpan<ulong> b)
    {
        long count = 0;
        for (int w = 0; w < a.Length; w++)
            count += BitOperations.PopCount(a[w] & b[w]);
        return count;
    }

    private static void RequireSameShapes(Mask first, Mask second)
    {
        if (!ReferenceEquals(first.Layout, second.Layout) && !first.Layout.Tensors.Select(static t => t.Count).SequenceEqual(second.Layout.Tensors.Select(static t => t.Count)))
            throw new ArgumentException("The masks belong to layouts of different shapes.", nameof(second));
    }
}
