using Federated.Protocol.Transfer;

namespace Federated.ClientNode.Remote;

/// <summary>
/// Opens a spool that is no other process's. Spools without a folder of their own share numbered ones: a process that was killed leaves its folder, and the next one that takes the number empties it, so that
/// there are never more folders than there were nodes at the same time.
/// </summary>
internal static class NodeSpool
{
    private const int MostFolders = 256;

    /// <summary>The place of numbered folders: the temporary folder, apart for every user.</summary>
    public static string SharedRoot => Path.Combine(Path.GetTempPath(), $"federated-{Environment.UserName}", "spools");

    /// <summary>A spool in the first numbered folder that nobody has.</summary>
    /// <exception cref="IOException">All are taken, or none can be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The root may not be written.</exception>
    public static BlobSpool OpenNumbered(string root, BlobSpoolOptions options)
    {
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(root);
        else
            Directory.CreateDirectory(root, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute); // what arrives is nobody else's
        for (int number = 0; ; number++)
        {
            try
            {
                return new BlobSpool(Path.Combine(root, $"{number}"), options);
            }
            catch (IOException) when (number + 1 < MostFolders)
            {
                // Another process has it.
            }
        }
    }
}
