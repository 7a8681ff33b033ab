using System.Buffers.Binary;
using System.Formats.Tar;
using System.IO.Compression;
using System.Security.Cryptography;
using Federated.Methods.Data;

namespace Federated.Methods.Tests.Data.Sources;

/// <summary>A temporary folder with small data sets in it, removed at the end.</summary>
internal sealed class DataFolderFixture : IDisposable
{
    public static readonly DataSetInfo Fashion = DataSetCatalog.Find("fashion-mnist");
    public static readonly DataSetInfo Cifar10 = DataSetCatalog.Find("cifar-10");
    public static readonly DataSetInfo Cifar100 = DataSetCatalog.Find("cifar-100");

    public string Root { get; } = Directory.CreateTempSubdirectory("federated-data-").FullName;

    public string this[string relative] => Path.Combine(Root, relative);

    public string Write(string relative, byte[] content)
    {
        string path = this[relative];
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, content);
        return path;
    }

    /// <summary>Four IDX files with images of 28×28: sample i has label i mod 10, and all its pixels are 10·label + 1.</summary>
    public void WriteIdx(string folder, int train = 20, int test = 10, bool compress = false)
    {
        string end = compress ? ".gz" : "";
        byte[][] files = [Images(train), Labels(train), Images(test), Labels(test)];
        for (int i = 0; i < files.Length; i++)
            Write(Path.Combine(folder, Fashion.Files[i] + end), compress ? Gzip(files[i]) : files[i]);
    }

    /// <summary>All files of CIFAR-10 or CIFAR-100 with a few records each.</summary>
    public void WriteCifar(DataSetInfo info, string folder, int records = 4)
    {
        foreach (string name in info.Files)
            Write(Path.Combine(folder, name), Records(info, records));
    }

    public static byte[] Images(int count, int rows = 28, int columns = 28)
    {
        byte[] file = new byte[16 + (count * rows * columns)];
        WriteHeader(file, 0x803, count, rows, columns);
        for (int sample = 0; sample < count; sample++)
            file.AsSpan(16 + (sample * rows * columns), rows * columns).Fill((byte)((10 * (sample % 10)) + 1));
        return file;
    }

    public static byte[] Labels(int count)
    {
        byte[] file = new byte[8 + count];
        WriteHeader(file, 0x801, count);
        for (int sample = 0; sample < count; sample++)
            file[8 + sample] = (byte)(sample % 10);
        return file;
    }

    /// <summary>Record r: coarse label r (CIFAR-100), label r + 3, red 1, green 2, blue r.</summary>
    public static byte[] Records(DataSetInfo info, int count)
    {
        int head = info.Format == DataFormat.Cifar100 ? 2 : 1;
        byte[] file = new byte[count * (head + 3072)];
        for (int r = 0; r < count; r++)
        {
            Span<byte> record = file.AsSpan(r * (head + 3072), head + 3072);
            record[0] = (byte)r;
            record[head - 1] = (byte)(r + 3);
            record.Slice(head, 1024).Fill(1);
            record.Slice(head + 1024, 1024).Fill(2);
            record.Slice(head + 2048, 1024).Fill((byte)r);
        }

        return file;
    }

    public static byte[] TarGz(DataSetInfo info, int records = 4)
    {
        using MemoryStream packed = new();
        using (GZipStream gzip = new(packed, CompressionLevel.Fastest))
        using (TarWriter tar = new(gzip))
        {
            tar.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, "../readme.html") { DataStream = new MemoryStream([1, 2, 3]) });
            foreach (string name in info.Files)
                tar.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, $"{info.Subfolders[0]}/{name}") { DataStream = new MemoryStream(Records(info, records)) });
        }

        return packed.ToArray();
    }

    public static byte[] Gzip(byte[] content)
    {
        using MemoryStream packed = new();
        using (GZipStream gzip = new(packed, CompressionLevel.Fastest))
            gzip.Write(content);
        return packed.ToArray();
    }

    public static string Sha256(byte[] content) => "sha256:" + Convert.ToHexStringLower(SHA256.HashData(content));

    public void Dispose() => Directory.Delete(Root, recursive: true);

    private static void WriteHeader(byte[] file, params int[] numbers)
    {
        for (int i = 0; i < numbers.Length; i++)
            BinaryPrimitives.WriteInt32BigEndian(file.AsSpan(4 * i), numbers[i]);
    }
}
