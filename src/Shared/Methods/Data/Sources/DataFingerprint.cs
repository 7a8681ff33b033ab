using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;

namespace Federated.Methods.Data;

/// <summary>
/// A digest of what training reads of a data set. Nodes that share it train on the same bits, wherever their files came from: archives and file names do not count, as they do in
/// <see cref="DataSet.Sha256"/>.
/// </summary>
public static class DataFingerprint
{
    private const int LabelsAtOnce = 1024;

    private static readonly ConditionalWeakTable<DataSet, string> Known = [];

    /// <summary>
    /// SHA-256, in lower-case hexadecimal, over, for the training set and then the test set: channels, height, width, classes, samples and natural ids (0 or as many as samples), then all pixels, all labels
    /// and all natural ids; numbers as 32 bits, little-endian. Hashed once for each data set object, at about a gigabyte a second.
    /// </summary>
    public static string Of(DataSet data) => Known.GetValue(data, Hash);

    private static string Hash(DataSet data)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Append(hash, data.Train);
        Append(hash, data.Test);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static void Append(IncrementalHash hash, ImageSet images)
    {
        Append(hash, [images.Channels, images.Height, images.Width, images.Classes, images.Count, images.NaturalIds.Length]);
        hash.AppendData(images.AllPixels);
        Append(hash, images.Labels);
        Append(hash, images.NaturalIds);
    }

    private static void Append(IncrementalHash hash, ReadOnlySpan<int> numbers)
    {
        Span<byte> bytes = stackalloc byte[LabelsAtOnce * sizeof(int)];
        for (; !numbers.IsEmpty; numbers = numbers[Math.Min(LabelsAtOnce, numbers.Length)..])
        {
            int count = Math.Min(LabelsAtOnce, numbers.Length);
            for (int i = 0; i < count; i++)
                BinaryPrimitives.WriteInt32LittleEndian(bytes[(i * sizeof(int))..], numbers[i]);
            hash.AppendData(bytes[..(count * sizeof(int))]);
        }
    }
}
