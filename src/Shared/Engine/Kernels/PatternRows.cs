namespace Federated.Engine.Kernels;

/// <summary>
/// The non-zero weights of a layer row by row (compressed sparse rows), as the kernels read them. Each row is split into the same chunks of consecutive
/// source channels, so that a kernel can do one chunk of all rows while the chunk's pixels stay in the L1 cache. Pointers into memory that the layer owns.
/// </summary>
internal unsafe ref struct PatternRows
{
    /// <summary>Rows: output channels, or input channels of a transposed pattern.</summary>
    public int Count;

    /// <summary>Chunks of source channels, 1 or more.</summary>
    public int Chunks;

    /// <summary>Row r holds in chunk c the weights <c>Splits[c · SplitStride + r]</c> … <c>Splits[(c + 1) · SplitStride + r] − 1</c>.</summary>
    public int* Splits;

    /// <summary>Entries of <see cref="Splits"/> from one chunk to the next.</summary>
    public int SplitStride;

    /// <summary>For each weight the floats from a run's first pixel to the pixel that the weight multiplies.</summary>
    public int* Offsets;

    /// <summary>Where each row's channel starts in the tensor of the rows, in floats from the start of a block.</summary>
    public int* RowOffsets;
}

/// <summary>One tensor as a kernel sees it: its first block of sixteen images and the floats to the next block.</summary>
internal readonly unsafe struct TensorBlocks(float* first, long stride)
{
    /// <summary>The first block.</summary>
    public readonly float* First = first;

    /// <summary>Floats from one block to the next.</summary>
    public readonly long Stride = stride;
}
