using System.Formats.Tar;
using System.IO.Compression;
using System.Security.Cryptography;

namespace Federated.Methods.Data;

/// <summary>Where the raw files of one data set lie: a folder or an archive.</summary>
internal abstract class DataFiles
{
    /// <summary>The folder's or archive's path.</summary>
    public abstract string Origin { get; }

    /// <summary>Opens a file of the set.</summary>
    /// <exception cref="DataException">It is not there or cannot be opened.</exception>
    public abstract RawFile Open(string name, IncrementalHash hash);

    /// <summary>
    /// Looks for a set at <paramref name="path"/>: the files in this folder, in the subfolder that the official archive makes,
    /// or the official archive, here or as the path itself. Null when no file of the set is there.
    /// </summary>
    /// <exception cref="DataException">An archive is there and cannot be read.</exception>
    public static DataFiles? At(DataSetInfo info, string path, CancellationToken cancel)
    {
        if (File.Exists(path))
            return DataArchive.IsOne(path) && info.Format != DataFormat.Idx ? DataArchive.Read(info, path, cancel) : null;
        foreach (string folder in info.Subfolders.Select(sub => Path.Combine(path, sub)).Prepend(path))
        {
            if (DataFolder.Holds(info, folder))
                return new DataFolder(folder);
        }

        return info.Downloads.Select(file => Path.Combine(path, file.Name)).FirstOrDefault(file => DataArchive.IsOne(file) && File.Exists(file)) is { } archive
            ? DataArchive.Read(info, archive, cancel)
            : null;
    }
}

/// <summary>The files of a set in a folder, each plain or with <c>.gz</c>; IDX files also as <c>train-images.idx3-ubyte</c>.</summary>
internal sealed class DataFolder(string folder) : DataFiles
{
    public override string Origin => folder;

    public override RawFile Open(string name, IncrementalHash hash) =>
        RawFile.Open(Locate(folder, name) ?? throw new DataException($"{Path.Combine(folder, name)}: the file is missing (with or without .gz); put it there or remove the folder's other files"), hash);

    /// <summary>Whether at least one file of the set is in the folder.</summary>
    public static bool Holds(DataSetInfo info, string folder) => info.Files.Any(name => Locate(folder, name) is not null);

    private static string? Locate(string folder, string name)
    {
        string other = name.Replace("-idx", ".idx", StringComparison.Ordinal);
        return new[] { name, name + ".gz", other, other + ".gz" }.Select(file => Path.Combine(folder, file)).FirstOrDefault(File.Exists);
    }
}

/// <summary>The files of a set out of its official <c>.tar.gz</c>, held in memory: an archive can only be read from front to end.</summary>
internal sealed class DataArchive : DataFiles
{
    private readonly Dictionary<string, byte[]> files = new(StringComparer.Ordinal);

    private DataArchive(string path) => Origin = path;

    public override string Origin { get; }

    public static bool IsOne(string path) => path.EndsWith(".tar.gz", StringComparison.OrdinalIgnoreCase) || path.EndsWith(".tgz", StringComparison.OrdinalIgnoreCase);

    /// <summary>Takes the set's files out of the archive into memory; folders in it and other files do not matter.</summary>
    /// <exception cref="DataException">The archive is damaged, or an entry cannot be a file of this set.</exception>
    public static DataArchive Read(DataSetInfo info, string path, CancellationToken cancel)
    {
        DataArchive archive = new(path);
        ForEachFile(info, path, cancel, (name, content, length) =>
        {
            byte[] bytes = new byte[length];
            content.ReadExactly(bytes);
            archive.files[name] = bytes;
        });
        return archive;
    }

    /// <summary>Writes the set's files into a folder.</summary>
    /// <exception cref="DataException">The archive is damaged, or an entry cannot be a file of this set.</exception>
    public static void Unpack(DataSetInfo info, string path, string folder, CancellationToken cancel) => ForEachFile(info, path, cancel, (name, content, _) =>
    {
        using FileStream file = new(Path.Combine(folder, name), FileMode.Create, FileAccess.Write, FileShare.None);
        content.CopyTo(file);
    });

    private static void ForEachFile(DataSetInfo info, string path, CancellationToken cancel, Action<string, Stream, long> use)
    {
        try
        {
            using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16, FileOptions.SequentialScan);
            using GZipStream raw = new(file, CompressionMode.Decompress);
            using TarReader reader = new(raw);
            while (reader.GetNextEntry() is { } entry)
            {
                cancel.ThrowIfCancellationRequested();
                string name = entry.Name[(entry.Name.LastIndexOf('/') + 1)..];
                if (entry.DataStream is null || !info.Files.Contains(name))
                    continue;
                if (entry.Length > Math.Min(CifarReader.MaximumFileLength, file.Length * RawFile.MaximumGrowth))
                    throw DataException.InFile(path, $"{name} in it claims {entry.Length} bytes, more than it can hold");
                use(name, entry.DataStream, entry.Length);
            }
        }
        catch (Exception problem) when (problem is InvalidDataException or IOException or UnauthorizedAccessException or FormatException or ArgumentException or NotSupportedException or OverflowException)
        {
            throw new DataException($"{path}: the archive is damaged or cannot be read ({problem.Message}); remove it and fetch it again", problem);
        }
    }

    public override RawFile Open(string name, IncrementalHash hash) => files.TryGetValue(name, out byte[]? content)
        ? RawFile.InMemory($"{Origin}/{name}", content, hash)
        : throw DataException.InFile(Origin, $"{name} is missing in it", "fetch the official archive again");
}
