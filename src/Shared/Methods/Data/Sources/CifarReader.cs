namespace Federated.Methods.Data;

/// <summary>
/// The binary version of CIFAR (Krizhevsky 2009): records of one label byte (CIFAR-100: the coarse label, then the fine one)
/// and 3072 bytes: the red, green and blue plane of 32×32, row by row.
/// </summary>
internal static class CifarReader
{
    /// <summary>No file of these sets is longer; the longest published one has 153,700,000 bytes.</summary>
    public const long MaximumFileLength = 1L << 28;

    /// <summary>Superclasses of CIFAR-100.</summary>
    public const int CoarseClasses = 20;

    private const int ImageLength = 3 * 32 * 32;
    private const int RecordsPerRead = 256;

    /// <summary>The images of the files, one after the other.</summary>
    /// <param name="files">The files, opened.</param>
    /// <param name="coarse">Whether records begin with a coarse label (CIFAR-100).</param>
    /// <param name="classes">Labels lie in [0, classes).</param>
    /// <param name="cancel">Stops the reading.</param>
    /// <returns>Pixels, labels and coarse labels (empty without).</returns>
    /// <exception cref="DataException">A file is not a whole number of records, or a label is out of range.</exception>
    public static (byte[] Pixels, int[] Labels, int[] Coarse) Read(IReadOnlyList<RawFile> files, bool coarse, int classes, CancellationToken cancel)
    {
        int head = coarse ? 2 : 1;
        int record = head + ImageLength;
        int[] counts = [.. files.Select(file => CountOf(file, record))];
        int count = counts.Sum();
        if ((long)count * ImageLength > Array.MaxLength)
            throw DataException.InFile(files[0].Path, $"it and the files beside it hold {count} images, more than fit in memory at once");
        byte[] pixels = GC.AllocateUninitializedArray<byte>(count * ImageLength);
        int[] labels = new int[count];
        int[] groups = new int[coarse ? count : 0];
        byte[] buffer = new byte[RecordsPerRead * record];
        int sample = 0;
        for (int f = 0; f < files.Count; f++)
        {
            for (int first = 0; first < counts[f]; first += RecordsPerRead)
            {
                int here = Math.Min(RecordsPerRead, counts[f] - first);
                files[f].ReadExactly(buffer.AsSpan(0, here * record), cancel);
                for (int r = 0; r < here; r++, sample++)
                {
                    ReadOnlySpan<byte> bytes = buffer.AsSpan(r * record, record);
                    if (coarse)
                        groups[sample] = Checked(bytes[0], CoarseClasses, "coarse label", files[f], first + r);
                    labels[sample] = Checked(bytes[head - 1], classes, "label", files[f], first + r);
                    bytes[head..].CopyTo(pixels.AsSpan(sample * ImageLength));
                }
            }

            files[f].EnsureEnd();
        }

        return (pixels, labels, groups);
    }

    private static int CountOf(RawFile file, int record)
    {
        if (file.Length is not { } length)
            throw DataException.InFile(file.Path, "it is compressed by itself", "unpack it with gunzip first");
        if (length is 0 or > MaximumFileLength || length % record != 0)
            throw DataException.InFile(file.Path, $"its {length} bytes are not a whole number of records of {record} bytes");
        return (int)(length / record);
    }

    private static int Checked(byte label, int classes, string what, RawFile file, int record) => label < classes
        ? label
        : throw DataException.InFile(file.Path, $"{what} {label} of record {record} is outside [0, {classes})");
}
