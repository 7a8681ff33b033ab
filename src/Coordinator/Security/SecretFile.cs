namespace Federated.Coordinator.Security;

/// <summary>Reads files with certificates, keys and tokens; those that hold secrets only where others cannot.</summary>
internal static class SecretFile
{
    // A chain of certificates or a list of tokens has kilobytes: whatever is longer is another file.
    private const long LongestFile = 1 << 20;

    /// <summary>Text that everybody may know.</summary>
    /// <exception cref="AccessException">The file cannot be read.</exception>
    public static string ReadPublic(string path)
    {
        try
        {
            if (new FileInfo(path).Length > LongestFile)
                throw new AccessException(AccessError.NotPem, $"{path}: more than {LongestFile} bytes, which is no file of certificates, keys or tokens");
            return File.ReadAllText(path);
        }
        catch (Exception failure) when (failure is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new AccessException(AccessError.Missing, $"{path}: there is no such file", failure);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new AccessException(AccessError.Missing, $"{path}: cannot be read by the user who runs this program", failure);
        }
    }

    /// <summary>Text that only its owner and its group may read.</summary>
    /// <exception cref="AccessException">The file cannot be read, or others may read or write it.</exception>
    public static string Read(string path)
    {
        string text = ReadPublic(path);
        if (!OperatingSystem.IsWindows())
        {
            // Of the file itself, not of a link to it: that is how secrets are mounted in a cluster.
            string target = File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path;
            if ((File.GetUnixFileMode(target) & (UnixFileMode.OtherRead | UnixFileMode.OtherWrite)) != UnixFileMode.None)
                throw new AccessException(AccessError.TooOpen, $"{path}: everybody on this machine can read or change it; take that away: chmod 600 {path}");
        }

        return text;
    }
}
