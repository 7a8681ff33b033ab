namespace Federated.Engine.Storage;

/// <summary>Writes files so that a reader, or the next start after a crash, sees either the old file or the whole new one.</summary>
public static class AtomicFile
{
    /// <summary>
    /// Lets <paramref name="write"/> fill a temporary file in the folder of <paramref name="path"/>, flushes it to the disk and renames it.
    /// When anything throws, the temporary file is removed and a file already at <paramref name="path"/> is untouched.
    /// </summary>
    /// <exception cref="IOException">The folder does not exist or the file cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder or the file may not be written.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        string full = Path.GetFullPath(path);
        // In the same folder, because a rename is atomic within one file system only; the random part keeps writers of the same file apart.
        string temporary = $"{full}.{Path.GetRandomFileName()}.tmp";
        try
        {
            using (var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None))
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }

            File.Move(temporary, full, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }
}
