using System.Collections.Immutable;

namespace Federated.Engine.Layers;

/// <summary>Half-open range of rows or columns that one output of a pooling layer reads.</summary>
internal readonly record struct PoolRange(int Start, int End);

/// <summary>The windows of a pooling layer, cut to the map: one range per output row and one per output column.</summary>
internal sealed record PoolWindows(ImmutableArray<PoolRange> Rows, ImmutableArray<PoolRange> Columns)
{
    /// <summary>Windows of <paramref name="kernel"/> pixels every <paramref name="stride"/>, as PyTorch places them with floor rounding.</summary>
    public static PoolWindows Sliding(int height, int width, int kernel, int stride, int padding) =>
        new(Slide(height, kernel, stride, padding), Slide(width, kernel, stride, padding));

    /// <summary>PyTorch's adaptive windows: output i of n reads ⌊i·size/n⌋ to ⌈(i+1)·size/n⌉, so that a map smaller than the output is repeated.</summary>
    public static PoolWindows Adaptive(int height, int width, int outputHeight, int outputWidth) =>
        new(Adapt(height, outputHeight), Adapt(width, outputWidth));

    private static ImmutableArray<PoolRange> Slide(int size, int kernel, int stride, int padding)
    {
        int outputs = ((size + (2 * padding) - kernel) / stride) + 1;
        return [.. Enumerable.Range(0, outputs).Select(i => new PoolRange(Math.Max(0, (i * stride) - padding), Math.Min(size, (i * stride) - padding + kernel)))];
    }

    private static ImmutableArray<PoolRange> Adapt(int size, int outputs) =>
        [.. Enumerable.Range(0, outputs).Select(i => new PoolRange(i * size / outputs, (((i + 1) * size) + outputs - 1) / outputs))];
}
