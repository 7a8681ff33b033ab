namespace Federated.Engine.Layers;

/// <summary>
/// Coordinates along one axis of the tensor that is written which the same taps reach from the same distances. A convolution's taps are products of the two
/// axes' taps, so the pixels that share their taps are products of such classes.
/// </summary>
internal sealed class DenseAxis
{
    private DenseAxis((int Tap, int Distance)[] taps) => Taps = taps;

    /// <summary>The taps that do not fall on the padding, ascending, and the source coordinate that each reads, counted from the anchor.</summary>
    public (int Tap, int Distance)[] Taps { get; }

    /// <summary>The written coordinates, ascending.</summary>
    public List<int> Positions { get; } = [];

    /// <summary>For each of them a source coordinate from which the distances count; it may lie outside of the tensor.</summary>
    public List<int> Anchors { get; } = [];

    /// <summary>Forward pass: output coordinate i reads input coordinate i·stride + tap − padding.</summary>
    public static List<DenseAxis> Forward(int outputSize, int inputSize, ConvolutionShape shape)
        => Group(outputSize, shape.Kernel, i => (i * shape.Stride) - shape.Padding, (i, tap) =>
        {
            int source = (i * shape.Stride) + tap - shape.Padding;
            return source >= 0 && source < inputSize ? source : null;
        });

    /// <summary>Input gradient: input coordinate i reads output coordinate (i + padding − tap)/stride where that is whole.</summary>
    public static List<DenseAxis> Backward(int outputSize, int inputSize, ConvolutionShape shape)
        => Group(inputSize, shape.Kernel, i => (i + shape.Padding) / shape.Stride, (i, tap) =>
        {
            int scaled = i + shape.Padding - tap;
            return scaled >= 0 && scaled % shape.Stride == 0 && scaled / shape.Stride < outputSize ? scaled / shape.Stride : null;
        });

    private static List<DenseAxis> Group(int size, int kernel, Func<int, int> anchor, Func<int, int, int?> source)
    {
        var classes = new List<DenseAxis>();
        for (int i = 0; i < size; i++)
        {
            (int, int)[] taps = [.. Enumerable.Range(0, kernel).Where(tap => source(i, tap) is not null).Select(tap => (tap, source(i, tap)!.Value - anchor(i)))];
            DenseAxis? found = classes.Find(one => one.Taps.AsSpan().SequenceEqual(taps));
            if (found is null)
                classes.Add(found = new DenseAxis(taps));
            found.Positions.Add(i);
            found.Anchors.Add(anchor(i));
        }

        return classes;
    }
}
