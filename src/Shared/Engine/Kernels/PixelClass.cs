namespace Federated.Engine.Kernels;

/// <summary>
/// Pixels that a dense product computes from the same weights: at the edges of a map some taps fall on the padding and are left out, and with a stride the
/// pixels of an input gradient have different taps. The weights come in chunks of channels (see <see cref="DenseProduct"/>).
/// Offsets are floats from the start of a block of sixteen images.
/// </summary>
internal sealed unsafe class PixelClass : IDisposable
{
    private readonly NativeBuffer<int> readOffsets;
    private readonly NativeBuffer<int> writtenOffsets;
    private readonly NativeBuffer<WeightSegment> segments;
    private readonly NativeBuffer<int> chunkStarts;

    /// <summary>Copies the tables.</summary>
    /// <param name="read">Place of each pixel in the tensor that is read, to which the segments' offsets are added.</param>
    /// <param name="written">Place of each pixel in the tensor that is written, to which the row's channel is added.</param>
    /// <param name="chunks">The segments of each chunk, in the order of the sum; none at all where no weight reaches the pixels.</param>
    public PixelClass(IReadOnlyList<int> read, IReadOnlyList<int> written, IReadOnlyList<WeightSegment[]> chunks)
    {
        if (read.Count != written.Count)
            throw new ArgumentException($"{read.Count} places to read and {written.Count} to write.", nameof(written));
        Count = read.Count;
        Chunks = chunks.Count;
        IsOneTap = chunks.Count > 0 && chunks.All(static chunk => chunk.Length == 1);
        readOffsets = new NativeBuffer<int>([.. read]);
        writtenOffsets = new NativeBuffer<int>([.. written]);
        segments = new NativeBuffer<WeightSegment>([.. chunks.SelectMany(static chunk => chunk)]);
        chunkStarts = new NativeBuffer<int>(Chunks + 1L);
        for (int chunk = 0; chunk < Chunks; chunk++)
            chunkStarts.Pointer[chunk + 1] = chunkStarts.Pointer[chunk] + chunks[chunk].Length;
    }

    /// <summary>Pixels in one block of sixteen images.</summary>
    public int Count { get; }

    /// <summary>Chunks of channels.</summary>
    public int Chunks { get; }

    /// <summary>Whether each chunk is one segment, and there is one at least: kernels of one tap.</summary>
    public bool IsOneTap { get; }

    /// <summary>Where the pixels stand in the tensor that is read.</summary>
    public int* ReadOffsets => readOffsets.Pointer;

    /// <summary>Where the pixels stand in the tensor that is written.</summary>
    public int* WrittenOffsets => writtenOffsets.Pointer;

    /// <summary>The segments, chunk after chunk.</summary>
    public WeightSegment* Segments => segments.Pointer;

    /// <summary>First segment of each chunk, and the end of the last.</summary>
    public int* ChunkStarts => chunkStarts.Pointer;

    /// <inheritdoc/>
    public void Dispose()
    {
        readOffsets.Dispose();
        writtenOffsets.Dispose();
        segments.Dispose();
        chunkStarts.Dispose();
    }
}
