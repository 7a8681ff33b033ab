namespace Federated.Coordinator.Runs;

/// <summary>Keeps two processes from writing one run folder: an open file that no other process may open. The system releases it when the process ends, however it ends.</summary>
internal sealed class RunLock : IDisposable
{
    /// <summary>Name of the file in the run folder.</summary>
    public const string FileName = "lock";

    private readonly FileStream file;

    private RunLock(FileStream file) => this.file = file;

    /// <summary>Takes the lock of <paramref name="folder"/>.</summary>
    /// <exception cref="RunFolderException">Another process holds it, or the folder cannot be written.</exception>
    public static RunLock Take(string folder)
    {
        string path = Path.Combine(folder, FileName);
        try
        {
            FileStream file = new(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            try
            {
                file.SetLength(0);
                file.Write(System.Text.Encoding.ASCII.GetBytes($"{Environment.ProcessId}\n"));
                file.Flush();
                return new RunLock(file);
            }
            catch
            {
                file.Dispose();
                throw;
            }
        }
        catch (UnauthorizedAccessException failure)
        {
            throw new RunFolderException(folder, $"cannot be written ({DurableFiles.Cause(failure)}); choose another folder with --out", failure);
        }
        catch (IOException failure)
        {
            string holder = Holder(path);
            throw holder.Length > 0
                ? new RunFolderException(folder, $"is in use by process {holder}; wait for it, stop it, or choose another folder", failure)
                : new RunFolderException(folder, $"cannot be locked ({DurableFiles.Cause(failure)}); another run may be using it, or it cannot be written", failure);
        }
    }

    /// <summary>Releases the lock. The file stays: removing it would let a process that has just opened it and one that creates it anew both believe they hold the lock.</summary>
    public void Dispose() => this.file.Dispose();

    private static string Holder(string path)
    {
        try
        {
            using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            Span<byte> text = stackalloc byte[16];
            int count = file.Read(text);
            return int.TryParse(System.Text.Encoding.ASCII.GetString(text[..count]), out int process) ? process.ToString() : "";
        }
        catch (Exception failure) when (DurableFiles.IsStorageFailure(failure))
        {
            return "";
        }
    }
}
