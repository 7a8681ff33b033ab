namespace Federated.Methods.Data;

/// <summary>The folders in which data sets are looked for.</summary>
/// <param name="DataFolder">The user's data folder: every set lies in a subfolder of its name; what is fetched is put here.</param>
/// <param name="SystemFolder">Where packages of the operating system put data sets, or null where there is no such place.</param>
public sealed record DataLocations(string DataFolder, string? SystemFolder)
{
    /// <summary>The environment variable that names the data folder.</summary>
    public const string Variable = "FEDERATED_DATA";

    /// <summary>
    /// The folder named by <see cref="Variable"/>, or <c>federated/data</c> in the user's cache folder
    /// (<c>$XDG_CACHE_HOME</c> or <c>~/.cache</c>; <c>~/Library/Caches</c> on macOS; the local application data on Windows).
    /// </summary>
    public static DataLocations FromEnvironment()
    {
        string? named = Environment.GetEnvironmentVariable(Variable);
        string folder = string.IsNullOrWhiteSpace(named) ? Path.Combine(CacheFolder(), "federated", "data") : named;
        return new DataLocations(Path.GetFullPath(folder), OperatingSystem.IsLinux() ? "/usr/share/datasets" : null);
    }

    private static string CacheFolder()
    {
        if (OperatingSystem.IsWindows())
            return Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData);
        string? cache = Environment.GetEnvironmentVariable("XDG_CACHE_HOME");
        if (!string.IsNullOrEmpty(cache) && Path.IsPathRooted(cache))
            return cache;
        string home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile, Environment.SpecialFolderOption.DoNotVerify);
        if (home.Length == 0)
            return Path.GetTempPath(); // no home folder at all: a daemon's account
        return OperatingSystem.IsMacOS() ? Path.Combine(home, "Library", "Caches") : Path.Combine(home, ".cache");
    }
}
