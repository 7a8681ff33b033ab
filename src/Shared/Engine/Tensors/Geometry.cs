namespace Federated.Engine.Tensors;

/// <summary>
/// Shape of an activation in the batch-last layout [batch block][channel][padding + height][padding + width][16 images].
/// Sixteen images stand side by side in one 512-bit vector, so that one weight is broadcast against one pixel of sixteen images and no kernel
/// ever gathers. The border of <paramref name="Padding"/> pixels is zero and is never written: convolutions read it as their zero padding. Neighbours
/// share it: what follows a row on the right is the left border of the next row, what follows a channel below is the upper border of the next channel,
/// and the last channel of a block is followed by a tail of zeros. At 4×4 pixels that saves 30 % of the memory that a border on all sides would take.
/// Offsets and strides are counted in floats.
/// </summary>
/// <param name="Channels">Channels (features, where height and width are 1).</param>
/// <param name="Height">Rows without border.</param>
/// <param name="Width">Columns without border.</param>
/// <param name="Padding">Width of the zero border on each side: the largest that any reader of the tensor needs.</param>
public readonly record struct Geometry(int Channels, int Height, int Width, int Padding)
{
    /// <summary>Images that stand side by side; the number of float lanes of a 512-bit vector.</summary>
    public const int Lanes = 16;

    /// <summary>Pixels of a channel without border.</summary>
    public int Positions => Height * Width;

    /// <summary>Floats from one row to the next.</summary>
    public int RowStride => (Width + Padding) * Lanes;

    /// <summary>Floats from one channel to the next.</summary>
    public int PlaneStride => (Height + Padding) * RowStride;

    /// <summary>Floats from one block of sixteen images to the next.</summary>
    public long BlockStride => ((long)Channels * PlaneStride) + Interior;

    /// <summary>Floats from the start of a channel to its first pixel inside the border; also the tail of zeros behind the last channel.</summary>
    public int Interior => (Padding * RowStride) + (Padding * Lanes);

    /// <summary>Blocks that hold <paramref name="batch"/> images; the last may be partly filled.</summary>
    public static int BlocksFor(int batch) => (batch + Lanes - 1) / Lanes;
}
