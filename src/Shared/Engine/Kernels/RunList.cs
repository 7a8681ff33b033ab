using Federated.Engine.Tensors;

namespace Federated.Engine.Kernels;

/// <summary>
/// The pixels that a kernel computes, as runs of one to four pixels that stand side by side in a row. A run knows where its first pixel
/// stands in the tensor that is read and in the tensor that is written, so that strides, phases and paddings are tables and not branches.
/// Offsets are floats from the start of a block of sixteen images.
/// </summary>
internal sealed unsafe class RunList : IDisposable
{
    // Four runs of four.
    private const int TilePixels = 16;

    private readonly NativeBuffer<int> readOffsets;
    private readonly NativeBuffer<int> writtenOffsets;

    private RunList(int length, int readStride, int writtenStride, List<int> read, List<int> written)
    {
        Length = length;
        ReadStride = readStride;
        WrittenStride = writtenStride;
        Count = read.Count;
        readOffsets = new NativeBuffer<int>(read.ToArray());
        writtenOffsets = new NativeBuffer<int>(written.ToArray());
    }

    /// <summary>Pixels in each run: 1…4.</summary>
    public int Length { get; }

    /// <summary>Runs in one block of sixteen images.</summary>
    public int Count { get; }

    /// <summary>Floats between two pixels of a run in the tensor that is read: 16 or 32 where the length is more than 1.</summary>
    public int ReadStride { get; }

    /// <summary>Floats between two pixels of a run in the tensor that is written.</summary>
    public int WrittenStride { get; }

    /// <summary>Where the runs start in the tensor that is read.</summary>
    public int* ReadOffsets => readOffsets.Pointer;

    /// <summary>Where the runs start in the tensor that is written.</summary>
    public int* WrittenOffsets => writtenOffsets.Pointer;

    /// <summary>
    /// The runs that cover a grid: fours first, then one shorter run a row where the columns are no multiple of four. They go down the rows, then on to the
    /// next columns, so that four runs make a square tile: its neighbourhood is the smallest (36 pixels under a 3×3 kernel, 54 if the runs stood in one row).
    /// Where rows follow each other without a gap in both tensors, as under a 1×1 kernel, the grid is one long row, so that a tile is one stretch of memory in each
    /// channel (1.5 times as fast at 32×32 pixels and 5 % density; smaller planes, of which a tile would take several blocks, are faster as they are).
    /// A grid whose read stride the kernels do not know is covered pixel by pixel.
    /// </summary>
    /// <param name="rows">Rows of the grid.</param>
    /// <param name="columns">Columns of the grid.</param>
    /// <param name="read">Where grid pixels stand in the tensor that is read.</param>
    /// <param name="written">Where grid pixels stand in the tensor that is written.</param>
    public static RunList[] Cover(int rows, int columns, GridPlacement read, GridPlacement written)
    {
        if (rows <= 0 || columns <= 0)
            return [];
        if (rows * columns >= TilePixels && read.RowStride == columns * read.ColumnStride && written.RowStride == columns * written.ColumnStride)
            (rows, columns) = (1, checked(rows * columns));
        bool isKnownStride = read.ColumnStride is Geometry.Lanes or 2 * Geometry.Lanes;
        int longest = isKnownStride ? 4 : 1;
        var lists = new List<RunList>(2);
        int whole = columns / longest * longest;
        if (whole > 0)
            lists.Add(Cover(rows, 0, whole, longest, read, written));
        if (whole < columns)
            lists.Add(Cover(rows, whole, columns, columns - whole, read, written));
        return [.. lists];
    }

    /// <summary>Frees the tables.</summary>
    public void Dispose()
    {
        readOffsets.Dispose();
        writtenOffsets.Dispose();
    }

    private static RunList Cover(int rows, int firstColumn, int endColumn, int length, GridPlacement read, GridPlacement written)
    {
        var readAt = new List<int>();
        var writtenAt = new List<int>();
        for (int column = firstColumn; column < endColumn; column += length)
        {
            for (int row = 0; row < rows; row++)
            {
                readAt.Add(read.At(row, column));
                writtenAt.Add(written.At(row, column));
            }
        }

        return new RunList(length, read.ColumnStride, written.ColumnStride, readAt, writtenAt);
    }
}

/// <summary>Where the pixels of a grid stand in a tensor, in floats from the start of a channel.</summary>
/// <param name="Origin">Offset of row 0, column 0; may be negative only where no pixel of the grid is.</param>
/// <param name="RowStride">Floats from one row of the grid to the next.</param>
/// <param name="ColumnStride">Floats from one column of the grid to the next.</param>
internal readonly record struct GridPlacement(int Origin, int RowStride, int ColumnStride)
{
    /// <summary>Offset of one pixel.</summary>
    public int At(int row, int column) => checked(Origin + (row * RowStride) + (column * ColumnStride));
}
