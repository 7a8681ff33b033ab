using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Federated.Coordinator.Runs;
using Federated.Protocol.Faults;

namespace Federated.Coordinator.Grains;

/// <summary>
/// State in files: <c>KIND/KEY.grain</c> below a folder, a line of JSON with the version and a hash, then the state. A file is written beside the old one, flushed to the disk and renamed
/// over it, so that a crash at any moment leaves the old state or the new. A lock file that is open during a write lets writers in other processes be found out.
/// </summary>
/// <param name="folder">The folder; made when the first state is written.</param>
internal sealed class FileGrainStorage(string folder) : IGrainStorage
{
    // State is small by design: what is large is in run folders.
    private const int LargestState = 64 << 20;
    private const int LongestHeader = 8 << 10;
    private const byte LineFeed = (byte)'\n';

    /// <inheritdoc/>
    public string Describe(GrainId grain) => PathOf(grain);

    /// <inheritdoc/>
    public async ValueTask<StoredState?> ReadAsync(GrainId grain, CancellationToken cancel)
    {
        string path = PathOf(grain);
        try
        {
            if (!File.Exists(path))
                return null;
            long length = new FileInfo(path).Length;
            return length <= LargestState + LongestHeader
                ? Parse(grain, path, await File.ReadAllBytesAsync(path, cancel))
                : throw new GrainStateCorruptException(path, $"has {length} bytes, and no grain's state is as large; restore the file, or remove it to begin anew");
        }
        catch (Exception failure) when (DurableFiles.IsStorageFailure(failure))
        {
            throw new GrainStorageException(path, $"could not be read ({DurableFiles.Cause(failure)})", failure);
        }
    }

    /// <inheritdoc/>
    public async ValueTask<long> WriteAsync(GrainId grain, ReadOnlyMemory<byte> content, long expected, CancellationToken cancel)
    {
        string path = PathOf(grain);
        if (content.Length > LargestState)
            throw new GrainStorageException(path, $"would have {content.Length} bytes; a grain's state has at most {LargestState}");
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            await using FileStream exclusive = Lock(grain, path, expected);
            long found = (await ReadAsync(grain, cancel))?.Version ?? 0;
            if (found != expected)
                throw new GrainStateConflictException(grain, expected, found, path);
            byte[] file = [.. Header(grain, expected + 1, content.Span), .. content.Span];
            await DurableFiles.System.ReplaceAsync(path, file, cancel, static () => FaultPoint.Reach(FaultPoints.CoordinatorGrainStateWritten));
            return expected + 1;
        }
        catch (RunFolderException failure)
        {
            throw NotWritten(path, failure.InnerException ?? failure);
        }
        catch (Exception failure) when (DurableFiles.IsStorageFailure(failure))
        {
            throw NotWritten(path, failure);
        }
    }

    private static GrainStorageException NotWritten(string path, Exception failure) =>
        new(path, $"could not be written ({DurableFiles.Cause(failure)}); the state before it stands. Make room, or see that the folder may be written", failure);

    private string PathOf(GrainId grain) => Path.Combine(Path.GetFullPath(folder), grain.Kind, GrainFileName.Of(grain.Key));

    // The system releases the lock when the process ends, however it ends; the file stays, because removing it would let two writers lock two files of one name.
    private static FileStream Lock(GrainId grain, string path, long expected)
    {
        try
        {
            return new FileStream(path + ".lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException) when (File.Exists(path + ".lock"))
        {
            throw new GrainStateConflictException(grain, expected, expected + 1, path); // who holds it is about to write the next version
        }
    }

    private static byte[] Header(GrainId grain, long version, ReadOnlySpan<byte> content)
    {
        var header = new GrainFileHeader(grain.Kind, grain.Key, version, content.Length, Hash(grain, version, content));
        return [.. JsonSerializer.SerializeToUtf8Bytes(header, GrainFileJson.Default.GrainFileHeader), LineFeed];
    }

    private static StoredState Parse(GrainId grain, string path, byte[] bytes)
    {
        int end = bytes.AsSpan(0, Math.Min(bytes.Length, LongestHeader)).IndexOf(LineFeed);
        if (end < 0)
            throw Corrupt(path, "does not begin with a line that describes it");
        GrainFileHeader header;
        try
        {
            header = JsonSerializer.Deserialize(bytes.AsSpan(0, end), GrainFileJson.Default.GrainFileHeader) ?? throw Corrupt(path, "begins with null");
        }
        catch (JsonException failure)
        {
            throw Corrupt(path, $"begins with a line that cannot be read ({failure.Message})", failure);
        }

        ReadOnlyMemory<byte> content = bytes.AsMemory(end + 1);
        if (header.Kind != grain.Kind || header.Key != grain.Key)
            throw Corrupt(path, $"holds the state of {header.Kind} '{header.Key}' instead of {grain}");
        if (header.Length != content.Length)
            throw Corrupt(path, $"holds {content.Length} bytes of state where {header.Length} were written");
        if (header.Version <= 0 || header.Sha256 != Hash(grain, header.Version, content.Span))
            throw Corrupt(path, "holds other bytes than were written: the hash differs");
        return new StoredState(header.Version, content);
    }

    private static GrainStateCorruptException Corrupt(string path, string what, Exception? inner = null) => new(path, $"{what}; restore the file, or remove it to begin anew", inner);

    private static string Hash(GrainId grain, long version, ReadOnlySpan<byte> content)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> number = stackalloc byte[sizeof(long)];
        foreach (string name in new[] { grain.Kind, grain.Key })
        {
            byte[] text = Encoding.UTF8.GetBytes(name);
            BinaryPrimitives.WriteInt64LittleEndian(number, text.Length); // so that no two pairs of names run together into the same bytes
            hash.AppendData(number);
            hash.AppendData(text);
        }

        BinaryPrimitives.WriteInt64LittleEndian(number, version);
        hash.AppendData(number);
        hash.AppendData(content);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
