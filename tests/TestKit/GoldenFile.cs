namespace Federated.TestKit;

/// <summary>Compares text with a committed file; <c>UPDATE_GOLDEN=1</c> rewrites the file instead.</summary>
public static class GoldenFile
{
    /// <summary>The repository's root: the nearest folder above the test's binaries that holds <c>Federated.sln</c>.</summary>
    public static string RepositoryRoot { get; } = FindRoot();

    /// <summary>Throws when <paramref name="actual"/> differs from the file at <paramref name="relativePath"/> (from the repository's root).</summary>
    public static void AssertMatches(string relativePath, string actual)
    {
        string path = Path.Combine(RepositoryRoot, relativePath);
        if (Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, actual);
            return;
        }

        string expected = File.Exists(path) ? File.ReadAllText(path) : "";
        if (!string.Equals(expected, actual, StringComparison.Ordinal))
            throw new InvalidOperationException($"{relativePath} differs from what the code produces now; if the change is meant, run the test with UPDATE_GOLDEN=1.\n--- expected\n{expected}\n--- actual\n{actual}");
    }

    private static string FindRoot()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Federated.sln")))
                return folder.FullName;
        }

        throw new InvalidOperationException($"no Federated.sln above {AppContext.BaseDirectory}");
    }
}
