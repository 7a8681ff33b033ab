namespace Federated.Coordinator.Runs;

/// <summary>The files of a run folder that hold what clients hold on to between rounds: <c>client-states-000001.bin</c> and the next numbers; one at a time, but for the moment in which another takes its place.</summary>
internal static class ClientStateFiles
{
    private const string Prefix = "client-states-";
    private const string Suffix = ".bin";

    /// <summary>Opens the file of a number, for reading and writing.</summary>
    /// <exception cref="RunFolderException">The storage failed.</exception>
    public static Stream Open(RunFolder folder, int number)
    {
        string path = PathOf(folder, number);
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
        }
        catch (Exception failure) when (DurableFiles.IsStorageFailure(failure))
        {
            throw new RunFolderException(path, $"could not be opened ({DurableFiles.Cause(failure)})", failure);
        }
    }

    /// <summary>Deletes the file of a number.</summary>
    /// <exception cref="RunFolderException">The storage failed.</exception>
    public static void Delete(RunFolder folder, int number) => Delete(PathOf(folder, number));

    /// <summary>Deletes all files but the one of a number: what a crash left behind.</summary>
    /// <exception cref="RunFolderException">The storage failed.</exception>
    public static void DeleteAllBut(RunFolder folder, int? number)
    {
        foreach (string path in Directory.EnumerateFiles(folder.Path, $"{Prefix}*{Suffix}").ToArray())
        {
            if (number is null || !string.Equals(path, PathOf(folder, number.Value), StringComparison.Ordinal))
                Delete(path);
        }
    }

    private static string PathOf(RunFolder folder, int number) => folder.PathOf($"{Prefix}{number:D6}{Suffix}");

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
}
