namespace Federated.Coordinator.Runs;

/// <summary>Says in which settings two resolved specifications differ. It reads only the block style that resolved specifications are written in.</summary>
internal static class SpecificationDifference
{
    private const int Shown = 8;

    /// <summary>The differing settings, one to a line, as <c>path: stored in the folder, asked for</c>; empty when the two say the same.</summary>
    public static string Describe(string stored, string asked)
    {
        List<KeyValuePair<string, string>> storedSettings = Flatten(stored);
        List<KeyValuePair<string, string>> askedSettings = Flatten(asked);
        Dictionary<string, string> storedByPath = ByPath(storedSettings);
        Dictionary<string, string> askedByPath = ByPath(askedSettings);
        List<string> lines = [];
        foreach ((string path, string value) in storedSettings)
        {
            if (!askedByPath.TryGetValue(path, out string? other))
                lines.Add($"  {path}: {Show(value)} in the folder, absent in the experiment");
            else if (!string.Equals(other, value, StringComparison.Ordinal))
                lines.Add($"  {path}: {Show(value)} in the folder, {Show(other)} in the experiment");
        }

        foreach ((string path, string value) in askedSettings)
        {
            if (!storedByPath.ContainsKey(path))
                lines.Add($"  {path}: absent in the folder, {Show(value)} in the experiment");
        }

        return lines.Count <= Shown
            ? string.Join('\n', lines)
            : string.Join('\n', lines.Take(Shown).Append($"  and {lines.Count - Shown} more"));
    }

    private static string Show(string value) => value.Length == 0 ? "(a section)" : value;

    private static Dictionary<string, string> ByPath(List<KeyValuePair<string, string>> settings)
    {
        Dictionary<string, string> result = new(StringComparer.Ordinal);
        foreach ((string path, string value) in settings)
            result[path] = value;
        return result;
    }

    /// <summary>Every <c>key: value</c> with the dotted path of the sections it stands in; an element of a list has its number as key.</summary>
    private static List<KeyValuePair<string, string>> Flatten(string text)
    {
        List<KeyValuePair<string, string>> settings = [];
        List<(int Indent, string Key)> sections = [];
        Dictionary<string, int> elements = new(StringComparer.Ordinal);
        foreach (string raw in text.Split('\n'))
        {
            string line = raw.TrimEnd();
            string content = line.TrimStart();
            if (content.Length == 0 || content[0] == '#' || content is "---" or "...")
                continue;
            int indent = line.Length - content.Length;
            if (content == "-" || content.StartsWith("- ", StringComparison.Ordinal))
            {
                // A list may stand at its key's own indent, so an element leaves the element before it but not the key.
                while (sections.Count > 0 && (sections[^1].Indent > indent || (sections[^1].Indent == indent && sections[^1].Key[0] == '[')))
                    sections.RemoveAt(sections.Count - 1);
                string list = Join(sections);
                elements.TryGetValue(list, out int number);
                elements[list] = number + 1;
                sections.Add((indent, $"[{number}]"));
                string rest = content[1..].TrimStart();
                indent += content.Length - rest.Length;
                content = rest;
                if (content.Length == 0)
                    continue;
            }
            else
            {
                while (sections.Count > 0 && sections[^1].Indent >= indent)
                    sections.RemoveAt(sections.Count - 1);
            }

            int colon = content.IndexOf(": ", StringComparison.Ordinal);
            if (content.EndsWith(':') && colon < 0)
                sections.Add((indent, content[..^1]));
            else if (colon > 0)
                settings.Add(new(Join(sections, content[..colon]), content[(colon + 2)..].Trim()));
            else
                settings.Add(new(Join(sections), content));
        }

        return settings;
    }

    private static string Join(List<(int Indent, string Key)> sections, string? key = null) =>
        string.Join('.', key is null ? sections.Select(section => section.Key) : sections.Select(section => section.Key).Append(key));
}
