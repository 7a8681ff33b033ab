namespace Federated.Engine.Tests.Reference;

/// <summary>Sizes of a batch of maps; features are channels of one pixel.</summary>
internal readonly record struct ReferenceShape(int Batch, int Channels, int Height = 1, int Width = 1)
{
    public int Count => Batch * Channels * Height * Width;

    public int PerImage => Channels * Height * Width;
}

/// <summary>A batch of maps in double precision, in PyTorch's order (image, channel, row, column).</summary>
internal sealed class ReferenceTensor(ReferenceShape shape, double[] values)
{
    public ReferenceTensor(ReferenceShape shape)
        : this(shape, new double[shape.Count])
    {
    }

    public ReferenceShape Shape { get; } = shape;

    public double[] Values { get; } = values.Length == shape.Count ? values : throw new ArgumentException($"{shape} takes {shape.Count} values, not {values.Length}.", nameof(values));

    public ref double this[int image, int channel, int row, int column]
        => ref Values[(((((image * Shape.Channels) + channel) * Shape.Height) + row) * Shape.Width) + column];

    /// <summary>This tensor and another added up.</summary>
    public ReferenceTensor Plus(ReferenceTensor other) => new(Shape, [.. Values.Zip(other.Values, static (a, b) => a + b)]);

    /// <summary>Each value put through a function.</summary>
    public ReferenceTensor Map(Func<double, double> function) => new(Shape, [.. Values.Select(function)]);
}
