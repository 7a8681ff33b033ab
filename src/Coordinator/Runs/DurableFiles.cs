namespace Federated.Coordinator.Runs;

/// <summary>
/// Writes that survive a crash: a file is replaced whole or not at all, and an appended piece is there whole or not at all.
/// Every failure of the storage becomes a <see cref="RunFolderException"/> that says what was kept.
/// </summary>
/// <param name="open">Opens a file; the place where a test injects a storage that fails.</param>
internal sealed class DurableFiles(Func<string, FileMode, Stream> open)
{
    private const string TemporarySuffix = ".tmp";

    /// <summary>The real file system.</summary>
    public static DurableFiles System { get; } =
        new(static (path, mode) => new FileStream(path, mode, FileAccess.Write, FileShare.Read, bufferSize: 1 << 16, FileOptions.Asynchronous));

    /// <summary>Replaces <paramref name="path"/> by <paramref name="content"/>: temporary file, flushed to the disk, renamed over the old one.</summary>
    /// <param name="path">The file.</param>
    /// <param name="content">All of it.</param>
    /// <param name="cancel">Gives up; the old content stays.</param>
    /// <param name="written">Called when the temporary file is on the disk and the old one still in its place.</param>
    public async Task ReplaceAsync(string path, ReadOnlyMemory<byte> content, CancellationToken cancel, Action? written = null)
    {
        string temporary = path + TemporarySuffix;
        try
        {
            Stream stream = open(temporary, FileMode.Create);
            await using (stream)
            {
                await stream.WriteAsync(content, cancel);
                FlushToDisk(stream);
            }

            written?.Invoke();
            File.Move(temporary, path, overwrite: true);
        }
        catch (Exception failure) when (IsStorageFailure(failure))
        {
            TryDelete(temporary);
            throw new RunFolderException(path, $"could not be written ({Cause(failure)}); {Kept(path)}. Make room or choose another folder, then start the run again: it continues", failure);
        }
        catch (OperationCanceledException)
        {
            TryDelete(temporary);
            throw;
        }
    }

    /// <summary>Appends <paramref name="content"/>; when that fails, the file is cut back to what it held. Returns the new length in bytes.</summary>
    public async Task<long> AppendAsync(string path, ReadOnlyMemory<byte> content, CancellationToken cancel)
    {
        long before = File.Exists(path) ? new FileInfo(path).Length : 0;
        try
        {
            Stream stream = open(path, FileMode.Append);
            await using (stream)
            {
                await stream.WriteAsync(content, cancel);
                FlushToDisk(stream);
            }

            return before + content.Length;
        }
        catch (Exception failure) when (IsStorageFailure(failure))
        {
            TryTruncate(path, before);
            throw new RunFolderException(path, $"could not be added to ({Cause(failure)}); what it held before stands. Make room or choose another folder, then start the run again: it continues", failure);
        }
        catch (OperationCanceledException)
        {
            TryTruncate(path, before);
            throw;
        }
    }

    /// <summary>Cuts <paramref name="path"/> to its first <paramref name="length"/> bytes.</summary>
    public static void Truncate(string path, long length)
    {
        try
        {
            using FileStream stream = new(path, FileMode.Open, FileAccess.Write, FileShare.Read);
            stream.SetLength(length);
            stream.Flush(flushToDisk: true);
        }
        catch (Exception failure) when (IsStorageFailure(failure))
        {
            throw new RunFolderException(path, $"could not be shortened to {length} bytes ({Cause(failure)})", failure);
        }
    }

    /// <summary>Whether <paramref name="failure"/> comes from the storage rather than from the program.</summary>
    public static bool IsStorageFailure(Exception failure) => failure is IOException or UnauthorizedAccessException or NotSupportedException;

    /// <summary>The cause in one line, without the path that the operating system's message repeats.</summary>
    public static string Cause(Exception failure)
    {
        const int diskFull = 28; // ENOSPC; Windows reports ERROR_DISK_FULL (112) in the low word
        return (failure.HResult & 0xFFFF) is diskFull or 112 || failure.Message.Contains("No space left", StringComparison.OrdinalIgnoreCase)
            ? "no space left on the device"
            : failure.Message.TrimEnd('.').ReplaceLineEndings(" ");
    }

    private static string Kept(string path) => File.Exists(path) ? "the version before it stands" : "nothing was left behind";

    private static void FlushToDisk(Stream stream)
    {
        stream.Flush();
        if (stream is FileStream file)
            file.Flush(flushToDisk: true);
    }

    private static void TryDelete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception failure) when (IsStorageFailure(failure))
        {
            // The caller is about to report the failure that came first; a leftover temporary file is replaced by the next write.
        }
    }

    private static void TryTruncate(string path, long length)
    {
        try
        {
            if (File.Exists(path))
                Truncate(path, length);
        }
        catch (RunFolderException)
        {
            // A half line at the end is dropped when the folder is opened again; the failure that came first is the one to report.
        }
    }
}
