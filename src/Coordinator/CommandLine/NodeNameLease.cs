namespace Federated.Coordinator.CommandLine;

/// <summary>
/// A name for a node that was given none: the host's, with <c>-2</c>, <c>-3</c>, … behind it for further nodes of this user on it. A node that is started again gets the name that it
/// had, so that the coordinator knows it. The name is held by an open file, which the system releases when the process ends, however it ends.
/// </summary>
internal sealed class NodeNameLease : IDisposable
{
    private const int LongestName = 63;
    private const int MostNodes = 256;

    private readonly FileStream? file;

    private NodeNameLease(string name, FileStream? file)
    {
        Name = name;
        this.file = file;
    }

    /// <summary>The name: a-z, 0-9, '-' and '.', at most 63.</summary>
    public string Name { get; }

    /// <summary>Takes the first free name.</summary>
    /// <param name="host">Name of the host.</param>
    /// <param name="folder">Holds the files; made when it is not there.</param>
    /// <param name="process">Number of this process, for the name where no file can be written.</param>
    public static NodeNameLease Take(string host, string folder, int process)
    {
        string stem = Stem(host);
        try
        {
            Directory.CreateDirectory(folder);
            for (int number = 1; number <= MostNodes; number++)
            {
                string name = number == 1 ? stem : $"{stem}-{number}";
                if (TryLock(Path.Combine(folder, $"{name}.lock")) is { } file)
                    return new NodeNameLease(name, file);
            }
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            // No place for files, as in a container that may write nowhere: the process number keeps names apart.
        }

        return new NodeNameLease($"{stem}-{process}", null);
    }

    /// <inheritdoc/>
    public void Dispose() => this.file?.Dispose();

    private static FileStream? TryLock(string path)
    {
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException) when (File.Exists(path))
        {
            return null; // another node holds it
        }
    }

    private static string Stem(string host)
    {
        const int suffix = 12; // room for a number behind it
        string plain = new([.. host.ToLowerInvariant().Select(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.' ? c : '-').SkipWhile(static c => c is '-' or '.')]);
        plain = plain.Length > LongestName - suffix ? plain[..(LongestName - suffix)] : plain;
        return plain.Length == 0 ? "node" : plain;
    }
}
