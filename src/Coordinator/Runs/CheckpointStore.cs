using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Federated.Coordinator.Runs;

/// <summary>
/// The saved states of a run, one file per completed round that was saved: <c>checkpoint/round-000012.checkpoint</c>. The newest complete one counts;
/// the one before it is deleted only after the new one is on the disk.
/// </summary>
/// <remarks>File: the magic <c>FEDCKPT1</c>, the number of content bytes (8 bytes, little-endian), SHA-256 of the content, the content.</remarks>
public sealed class CheckpointStore
{
    private const int HeaderLength = 8 + 8 + SHA256.HashSizeInBytes;
    private const string Prefix = "round-";
    private const string Suffix = ".checkpoint";

    private readonly string folder;
    private readonly DurableFiles files;

    internal CheckpointStore(string folder, DurableFiles files) => (this.folder, this.files) = (folder, files);

    private static ReadOnlySpan<byte> Magic => "FEDCKPT1"u8;

    /// <summary>Saves the state after round <paramref name="round"/> and then deletes the older ones.</summary>
    /// <exception cref="RunFolderException">The storage failed; the checkpoint before stands.</exception>
    public async Task SaveAsync(int round, ReadOnlyMemory<byte> content, CancellationToken cancel = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(round);
        byte[] file = new byte[HeaderLength + content.Length];
        Magic.CopyTo(file);
        BinaryPrimitives.WriteInt64LittleEndian(file.AsSpan(8), content.Length);
        SHA256.HashData(content.Span, file.AsSpan(16));
        content.Span.CopyTo(file.AsSpan(HeaderLength));
        try
        {
            Directory.CreateDirectory(this.folder);
        }
        catch (Exception failure) when (DurableFiles.IsStorageFailure(failure))
        {
            throw new RunFolderException(this.folder, $"cannot be created ({DurableFiles.Cause(failure)})", failure);
        }

        string path = PathOf(round);
        await this.files.ReplaceAsync(path, file, cancel);
        foreach ((int other, string otherPath) in Saved())
        {
            if (other != round)
                Delete(otherPath);
        }
    }

    /// <summary>The newest complete state, or null when there is none.</summary>
    /// <returns>The round it was saved after, and its content.</returns>
    /// <exception cref="RunFolderException">Checkpoints exist, but all are corrupt.</exception>
    public (int Round, byte[] Content)? ReadNewest()
    {
        RunFolderException? fault = null;
        foreach ((int round, string path) in Saved().OrderByDescending(saved => saved.Round))
        {
            try
            {
                return (round, Read(path));
            }
            catch (RunFolderException failure)
            {
                fault ??= failure;
            }
        }

        return fault is null ? null : throw fault;
    }

    /// <summary>Deletes all checkpoints, as a run does when it is complete.</summary>
    public void Clear()
    {
        foreach ((_, string path) in Saved())
            Delete(path);
    }

    private static byte[] Read(string path)
    {
        try
        {
            byte[] file = File.ReadAllBytes(path);
            if (file.Length < HeaderLength || !file.AsSpan(0, 8).SequenceEqual(Magic))
                throw new RunFolderException(path, "is no checkpoint; remove it to start from the first round");
            if (BinaryPrimitives.ReadInt64LittleEndian(file.AsSpan(8)) != file.Length - HeaderLength)
                throw new RunFolderException(path, "is not complete; remove it to start from the first round");
            byte[] content = file[HeaderLength..];
            return SHA256.HashData(content).AsSpan().SequenceEqual(file.AsSpan(16, SHA256.HashSizeInBytes))
                ? content
                : throw new RunFolderException(path, "is corrupt: its hash does not match; remove it to start from the first round");
        }
        catch (Exception failure) when (DurableFiles.IsStorageFailure(failure))
        {
            throw new RunFolderException(path, $"could not be read ({DurableFiles.Cause(failure)})", failure);
        }
    }

    private static void Delete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception failure) when (DurableFiles.IsStorageFailure(failure))
        {
            throw new RunFolderException(path, $"could not be deleted ({DurableFiles.Cause(failure)})", failure);
        }
    }

    private string PathOf(int round) => Path.Combine(this.folder, $"{Prefix}{round:D6}{Suffix}");

    private List<(int Round, string Path)> Saved()
    {
        List<(int, string)> saved = [];
        if (!Directory.Exists(this.folder))
            return saved;
        foreach (string path in Directory.EnumerateFiles(this.folder, $"{Prefix}*{Suffix}"))
        {
            if (int.TryParse(Path.GetFileName(path).AsSpan()[Prefix.Length..^Suffix.Length], out int round) && round >= 0)
                saved.Add((round, path));
        }

        return saved;
    }
}
