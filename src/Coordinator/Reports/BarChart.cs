namespace Federated.Coordinator.Reports;

/// <summary>Horizontal bars with a name at the left and the value at the end.</summary>
internal static class BarChart
{
    private const double Width = 560;

    /// <summary>Height of a row when <paramref name="rows"/> rows share a figure.</summary>
    public static double RowHeight(int rows) => Math.Clamp(620.0 / Math.Max(1, rows), 9, 19);

    /// <summary>A name that fits into the label column, its end kept, which is what tells layers apart.</summary>
    public static string Shorten(string name, int most) => name.Length <= most ? name : "…" + name[^(most - 1)..];

    /// <summary>The chart as an SVG element.</summary>
    public static string Draw(string key, string title, string description, IReadOnlyList<(string Name, double Value)> bars, double maximum, Func<double, string> format)
    {
        const int longestName = 26;
        double row = RowHeight(bars.Count);
        double left = Math.Min(longestName, bars.Max(bar => bar.Name.Length)) * ChartArea.CharacterWidth + 8;
        double right = Width - bars.Max(bar => format(bar.Value).Length) * ChartArea.CharacterWidth - 10;
        SvgWriter svg = new(key, Width, bars.Count * row + 8, title, description);
        string text = row < 12 ? "tick small" : "tick";
        for (int index = 0; index < bars.Count; index++)
        {
            (string name, double value) = bars[index];
            double top = index * row + 4;
            double length = maximum > 0 ? value / maximum * (right - left) : 0;
            double baseline = top + row / 2 + (row < 12 ? 3 : 4);
            svg.Text(left - 7, baseline, Shorten(name, longestName), text, "end");
            svg.Rectangle(left, top + 1, right - left, row - 2, "track");
            svg.Rectangle(left, top + 1, length, row - 2, "bar fill0", $"{name}: {format(value)}");
            svg.Text(right + 6, baseline, format(value), text);
        }

        svg.Line(left, 2, left, bars.Count * row + 6, "axis");
        return svg.Finish();
    }
}
