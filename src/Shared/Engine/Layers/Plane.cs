using Federated.Engine.Tensors;

namespace Federated.Engine.Layers;

/// <summary>One channel of a tensor in all blocks, without its border.</summary>
internal readonly unsafe struct Plane
{
    private readonly float* first;
    private readonly long blockStride;
    private readonly int rowStride;

    /// <summary>Channel <paramref name="channel"/> of the buffer at <paramref name="buffer"/>.</summary>
    public Plane(Geometry geometry, float* buffer, int channel)
    {
        first = buffer is null ? null : buffer + ((long)channel * geometry.PlaneStride) + geometry.Interior;
        blockStride = geometry.BlockStride;
        rowStride = geometry.RowStride;
    }

    private Plane(float* row) => first = row;

    /// <summary>A channel all of whose rows, in all blocks, are the row at <paramref name="row"/>: for reading only.</summary>
    public static Plane Repeat(float* row) => new(row);

    /// <summary>First pixel of a row: sixteen floats per pixel.</summary>
    public float* Row(int block, int row) => first + (block * blockStride) + (row * rowStride);

    /// <summary>Sets one block's pixels to zero.</summary>
    public void Clear(int block, int height, int width)
    {
        for (int row = 0; row < height; row++)
            new Span<float>(Row(block, row), width * Geometry.Lanes).Clear();
    }
}
