using System.Buffers.Binary;

namespace Federated.Methods.Data;

/// <summary>
/// The IDX format (LeCun, "The MNIST database"): two zero bytes, the type (8: unsigned byte), the number of dimensions,
/// each dimension as 32-bit big-endian, then the values with the last dimension running fastest.
/// </summary>
internal static class IdxReader
{
    /// <summary>More images than any set of this kind has; a header that declares more is damaged.</summary>
    public const int MaximumCount = 2_000_000;

    /// <summary>The images of a file: count × height × width bytes.</summary>
    /// <exception cref="DataException">The file is not a whole IDX file of images of that size.</exception>
    public static byte[] ReadImages(RawFile file, int height, int width, CancellationToken cancel)
    {
        Span<byte> header = stackalloc byte[16];
        ReadHeader(file, header, dimensions: 3, "images", cancel);
        uint rows = BinaryPrimitives.ReadUInt32BigEndian(header[8..]);
        uint columns = BinaryPrimitives.ReadUInt32BigEndian(header[12..]);
        if (rows != (uint)height || columns != (uint)width)
            throw DataException.InFile(file.Path, $"its images are {rows}×{columns}, not {height}×{width}", "give the files of this data set");
        return ReadBody(file, header, height * width, cancel);
    }

    /// <summary>The labels of a file, each checked to be in [0, <paramref name="classes"/>).</summary>
    /// <exception cref="DataException">The file is not a whole IDX file of such labels.</exception>
    public static int[] ReadLabels(RawFile file, int classes, CancellationToken cancel)
    {
        Span<byte> header = stackalloc byte[8];
        ReadHeader(file, header, dimensions: 1, "labels", cancel);
        byte[] bytes = ReadBody(file, header, 1, cancel);
        int wrong = bytes.AsSpan().IndexOfAnyExceptInRange((byte)0, (byte)(classes - 1));
        if (wrong >= 0)
            throw DataException.InFile(file.Path, $"label {bytes[wrong]} of sample {wrong} is outside [0, {classes})");
        return Array.ConvertAll(bytes, label => (int)label);
    }

    private static void ReadHeader(RawFile file, Span<byte> header, byte dimensions, string content, CancellationToken cancel)
    {
        file.ReadExactly(header, cancel);
        uint magic = BinaryPrimitives.ReadUInt32BigEndian(header);
        if (magic != 0x0800u + dimensions)
            throw DataException.InFile(file.Path, $"it starts with 0x{magic:X8}, an IDX file of {content} with 0x{0x0800u + dimensions:X8}", "give the IDX file of that name");
    }

    private static byte[] ReadBody(RawFile file, ReadOnlySpan<byte> header, int itemLength, CancellationToken cancel)
    {
        uint count = BinaryPrimitives.ReadUInt32BigEndian(header[4..]);
        if (count is 0 or > MaximumCount || count * (long)itemLength > Array.MaxLength)
            throw DataException.InFile(file.Path, $"its header declares {count} samples (1 to {MaximumCount} are possible)");
        long length = count * (long)itemLength;
        if (file.Length is { } actual && actual != header.Length + length)
            throw DataException.InFile(file.Path, $"its header declares {count} samples, {header.Length + length} bytes in all, but it has {actual}");
        if (header.Length + length > file.MaximumLength)
            throw DataException.InFile(file.Path, $"its header declares {count} samples, more than so short a compressed file can hold");
        byte[] body = GC.AllocateUninitializedArray<byte>((int)length);
        file.ReadExactly(body, cancel);
        file.EnsureEnd();
        return body;
    }
}
