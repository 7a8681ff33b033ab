namespace Federated.Engine.Kernels;

/// <summary>
/// The weights of a dense product row by row, as <see cref="DenseProduct"/> reads them: either packed in panels of <see cref="PerBlock"/> rows, so that
/// the weights that are broadcast together stand side by side, or in place, as a matrix with any strides. Pointers into memory that the layer owns.
/// </summary>
internal unsafe ref struct DenseRows
{
    /// <summary>Rows in one block: computed together from one reading of the activations.</summary>
    public const int PerBlock = 4;

    /// <summary>The first weight of row 0.</summary>
    public float* Weights;

    /// <summary>Rows: output channels, or input channels of a transposed product.</summary>
    public int Count;

    /// <summary>Packed in panels, whose last is filled up with rows of zeros; otherwise a matrix in place, of which nothing beyond the last row is read.</summary>
    public bool IsPacked;

    /// <summary>Floats from a row's weight to the next row's: 1 where packed.</summary>
    public nint RowStride;

    /// <summary>Floats from one panel to the next; not used in place.</summary>
    public nint PanelStride;

    /// <summary>Floats from one weight of a segment to the next: <see cref="PerBlock"/> where packed.</summary>
    public nint WeightStride;

    /// <summary>Where each row's channel starts in the tensor that is written, in floats from the start of a block of images.</summary>
    public int* RowOffsets;

    /// <summary>Blocks of rows; the last may have fewer rows of its own.</summary>
    public readonly int Blocks => (Count + PerBlock - 1) / PerBlock;

    /// <summary>
    /// First row that block <paramref name="block"/> computes. In place, the last block starts early enough to be full: rows that it shares with the block
    /// before are computed twice and written once.
    /// </summary>
    public readonly int FirstRow(int block) => IsPacked ? block * PerBlock : Math.Min(block * PerBlock, Math.Max(0, Count - PerBlock));

    /// <summary>First weight of a block's first row.</summary>
    public readonly float* Panel(int block) => Weights + (IsPacked ? block * PanelStride : FirstRow(block) * RowStride);

    /// <summary>Floats from the weight of a block's first row to that of its row <paramref name="row"/>, or to the last row that there is.</summary>
    public readonly nint Stride(int row) => IsPacked ? row : Math.Min(row, Count - 1) * RowStride;
}

/// <summary>Weights of a row whose places in the tensor that is read lie at equal distances: one tap of a chunk of channels, or a row of flattened features.</summary>
/// <param name="ReadOffset">Floats from a pixel's place to the first weight's.</param>
/// <param name="ReadStride">Floats from one weight's place to the next.</param>
/// <param name="WeightOffset">Floats from the row's first weight to the segment's.</param>
/// <param name="Count">Weights.</param>
internal readonly record struct WeightSegment(int ReadOffset, int ReadStride, int WeightOffset, int Count);
