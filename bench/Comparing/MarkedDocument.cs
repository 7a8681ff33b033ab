namespace Federated.Bench.Comparing;

/// <summary>A Markdown file in which generated sections stand between two comments, <c>&lt;!-- measured NAME --&gt;</c> and <c>&lt;!-- end NAME --&gt;</c>, each on a line of its own.</summary>
internal static class MarkedDocument
{
    /// <summary>The text with another content between the markers of one section.</summary>
    /// <exception cref="ComparisonException">The document has no such section, or its markers are out of order.</exception>
    public static string Replace(string document, string section, string content)
    {
        string begin = $"<!-- measured {section} -->\n";
        string end = $"<!-- end {section} -->";
        int first = document.IndexOf(begin, StringComparison.Ordinal);
        int last = first < 0 ? -1 : document.IndexOf(end, first + begin.Length, StringComparison.Ordinal);
        if (last < 0)
            throw new ComparisonException($"the document has no lines `{begin.TrimEnd()}` and `{end}` to write between.");
        return document[..(first + begin.Length)] + content.TrimEnd('\n') + "\n" + document[last..];
    }
}
