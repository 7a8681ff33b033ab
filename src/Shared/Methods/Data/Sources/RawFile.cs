using System.IO.Compression;
using System.Security.Cryptography;

namespace Federated.Methods.Data;

/// <summary>
/// One raw file of a data set, read from front to end, plain or through gzip, while its content is hashed.
/// Every failure of the bytes becomes a <see cref="DataException"/> that names the file.
/// </summary>
internal sealed class RawFile : IDisposable
{
    /// <summary>Deflate spends at least two bits on a match of at most 258 bytes: no stream grows by more than this factor.</summary>
    public const long MaximumGrowth = 1032;

    private const int Chunk = 1 << 20;
    private readonly Stream stream;
    private readonly IncrementalHash hash;

    private RawFile(string path, Stream stream, long? length, long maximumLength, IncrementalHash hash)
    {
        Path = path;
        this.stream = stream;
        Length = length;
        MaximumLength = maximumLength;
        this.hash = hash;
    }

    /// <summary>The file's path for messages.</summary>
    public string Path { get; }

    /// <summary>Length of the raw content in bytes; null where compression hides it.</summary>
    public long? Length { get; }

    /// <summary>No content can be longer than this many bytes: check it before memory is taken for a length that the file declares.</summary>
    public long MaximumLength { get; }

    /// <summary>Opens a file; a gzip one is recognised by its first two bytes.</summary>
    /// <exception cref="DataException">It cannot be opened.</exception>
    public static RawFile Open(string path, IncrementalHash hash)
    {
        FileStream? file = null;
        try
        {
            file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16, FileOptions.SequentialScan);
            Span<byte> magic = stackalloc byte[2];
            bool compressed = file.ReadAtLeast(magic, 2, throwOnEndOfStream: false) == 2 && magic[0] == 0x1F && magic[1] == 0x8B;
            file.Position = 0;
            return compressed
                ? new RawFile(path, new GZipStream(file, CompressionMode.Decompress), null, file.Length * MaximumGrowth, hash)
                : new RawFile(path, file, file.Length, file.Length, hash);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            file?.Dispose();
            throw new DataException($"{path}: cannot be read ({problem.Message}); check that it exists and that you may read it", problem);
        }
    }

    /// <summary>Content that is in memory already, from an archive.</summary>
    public static RawFile InMemory(string path, byte[] content, IncrementalHash hash) =>
        new(path, new MemoryStream(content, writable: false), content.Length, content.Length, hash);

    /// <summary>Fills <paramref name="target"/>.</summary>
    /// <exception cref="DataException">The file ends before that, or is damaged.</exception>
    public void ReadExactly(Span<byte> target, CancellationToken cancel)
    {
        while (!target.IsEmpty)
        {
            cancel.ThrowIfCancellationRequested();
            Span<byte> part = target[..Math.Min(target.Length, Chunk)];
            try
            {
                stream.ReadExactly(part);
            }
            catch (EndOfStreamException problem)
            {
                throw new DataException($"{Path}: the file is truncated ({target.Length} bytes or more are missing); replace the file by a complete copy", problem);
            }
            catch (Exception problem) when (problem is InvalidDataException or IOException)
            {
                throw Damaged(problem);
            }

            hash.AppendData(part);
            target = target[part.Length..];
        }
    }

    /// <summary>Makes sure that nothing follows what was read.</summary>
    /// <exception cref="DataException">The file goes on, or its gzip checksum is wrong.</exception>
    public void EnsureEnd()
    {
        Span<byte> rest = stackalloc byte[1];
        int read;
        try
        {
            read = stream.Read(rest);
        }
        catch (Exception problem) when (problem is InvalidDataException or IOException)
        {
            throw Damaged(problem);
        }

        if (read != 0)
            throw DataException.InFile(Path, "more bytes follow than its header declares");
    }

    public void Dispose() => stream.Dispose();

    private DataException Damaged(Exception problem) =>
        new($"{Path}: the compressed data is damaged ({problem.Message}); replace the file by a complete copy", problem);
}
