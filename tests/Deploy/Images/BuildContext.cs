using System.Text.RegularExpressions;

namespace Federated.Deploy.Tests.Images;

/// <summary>The files that the builder is given: those of the repository that <c>.dockerignore</c> leaves.</summary>
internal static class BuildContext
{
    /// <summary>Whether a file of the repository (its path with <c>/</c>) reaches the builder. The last pattern that fits decides.</summary>
    public static bool Contains(string path)
    {
        bool excluded = false;
        foreach (string line in File.ReadLines(Repository.At(".dockerignore")).Select(static line => line.Trim()).Where(static line => line.Length > 0 && line[0] != '#'))
        {
            bool back = line[0] == '!';
            if (Fits(path, back ? line[1..] : line))
                excluded = !back;
        }

        return !excluded;
    }

    /// <summary>All files beneath a place in the repository, or the file that is there, that reach the builder.</summary>
    public static IReadOnlyList<string> Files(string place)
    {
        string full = Repository.At(place);
        IEnumerable<string> files = Directory.Exists(full) ? Directory.EnumerateFiles(full, "*", SearchOption.AllDirectories) : File.Exists(full) ? [full] : [];
        return [.. files.Select(static file => Path.GetRelativePath(Repository.At(), file).Replace('\\', '/')).Where(Contains)];
    }

    // A pattern that fits a folder fits all that is in it.
    private static bool Fits(string path, string pattern)
    {
        string expression = Regex.Escape(pattern).Replace("\\*\\*/", "(.*/)?", StringComparison.Ordinal).Replace("\\*", "[^/]*", StringComparison.Ordinal);
        return Regex.IsMatch(path, $"^{expression}(/.*)?$", RegexOptions.None, TimeSpan.FromSeconds(10));
    }
}
