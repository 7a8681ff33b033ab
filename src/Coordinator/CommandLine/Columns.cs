namespace Federated.Coordinator.CommandLine;

/// <summary>Plain text in columns, for terminals and for other programs alike: no colours, no frames.</summary>
internal static class Columns
{
    /// <summary>Writes rows of equal length, each cell as wide as the widest of its column, the last one as it is.</summary>
    public static void Write(TextWriter output, string indent, IReadOnlyList<string[]> rows)
    {
        if (rows.Count == 0)
            return;
        int[] widths = [.. Enumerable.Range(0, rows[0].Length).Select(column => rows.Max(row => row[column].Length))];
        foreach (string[] row in rows)
            output.WriteLine((indent + string.Join("  ", row.Select((cell, column) => cell.PadRight(widths[column])))).TrimEnd());
    }
}
