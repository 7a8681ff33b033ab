namespace Federated.Engine.Kernels;

/// <summary>A matrix of vectors of sixteen images, one number of each image in each: rows that are multiplied with those of another, step by step. A view of memory that others own.</summary>
/// <param name="first">The vector of row 0, step 0.</param>
/// <param name="rowStride">Floats from one row to the next.</param>
/// <param name="stepStride">Floats from one step to the next.</param>
/// <param name="rows">Rows, at least one.</param>
internal readonly unsafe ref struct LaneMatrix(float* first, nint rowStride, nint stepStride, int rows)
{
    /// <summary>The vector of row 0, step 0.</summary>
    public float* First { get; } = first;

    /// <summary>Floats from one row to the next.</summary>
    public nint RowStride { get; } = rowStride;

    /// <summary>Floats from one step to the next.</summary>
    public nint StepStride { get; } = stepStride;

    /// <summary>Rows.</summary>
    public int Rows { get; } = rows;
}
