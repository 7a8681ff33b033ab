using System.Collections.Immutable;
using System.Text;

namespace Federated.Coordinator.Reports;

/// <summary>
/// A grid of cells shaded in steps from the page's background to the first colour, so that more is always further from the background, in light and in dark.
/// Cells of equal shade in a row are joined, and each shade is one path: 60 layers by 300 rounds stay below 100 kB.
/// </summary>
internal static class HeatMap
{
    /// <summary>Number of shades.</summary>
    public const int Shades = 10;

    /// <summary>The chart as an SVG element.</summary>
    /// <param name="key">Unique in the page.</param>
    /// <param name="title">What the chart shows.</param>
    /// <param name="description">The numbers that matter.</param>
    /// <param name="rows">Name of every row.</param>
    /// <param name="values">Rows by columns.</param>
    /// <param name="columns">Names of the columns, or an axis along them.</param>
    /// <param name="scale">Values at the borders of the shades.</param>
    /// <param name="format">Writes a value.</param>
    public static string Draw(string key, string title, string description, IReadOnlyList<string> rows, IReadOnlyList<ImmutableArray<double>> values,
        HeatColumns columns, HeatScale scale, Func<double, string> format)
    {
        const double width = 560;
        const int longestName = 26;
        double row = BarChart.RowHeight(rows.Count);
        double left = Math.Min(longestName, rows.Max(name => name.Length)) * ChartArea.CharacterWidth + 8;
        double right = width - 8;
        const double top = 4;
        double bottom = top + rows.Count * row;
        SvgWriter svg = new(key, width, bottom + 76, title, description);
        svg.Rectangle(left, top, right - left, bottom - top, "track");

        int count = columns.Count;
        StringBuilder[] paths = [.. Enumerable.Range(0, Shades).Select(_ => new StringBuilder())];
        for (int index = 0; index < rows.Count; index++)
        {
            double y = top + index * row;
            svg.Text(left - 7, y + row / 2 + (row < 12 ? 3 : 4), BarChart.Shorten(rows[index], longestName), row < 12 ? "tick small" : "tick", "end");
            for (int start = 0; start < count;)
            {
                int shade = scale.Shade(values[index][start]);
                int end = start + 1;
                while (end < count && scale.Shade(values[index][end]) == shade)
                    end++;
                double x0 = left + (right - left) * start / count, x1 = left + (right - left) * end / count;
                if (shade >= 0)
                    paths[shade].Append($"M{SvgWriter.Number(x0)} {SvgWriter.Number(y)}h{SvgWriter.Number(x1 - x0)}v{SvgWriter.Number(row - 0.6)}h{SvgWriter.Number(x0 - x1)}z");
                start = end;
            }
        }

        for (int shade = 0; shade < Shades; shade++)
            svg.Path(paths[shade].ToString(), $"fill0 shade{shade}");
        foreach ((int column, string name) in columns.Labels)
            svg.Text(left + (right - left) * (column + 0.5) / count, bottom + 15, name, "tick", "middle");
        svg.Text((left + right) / 2, bottom + 31, columns.Title, "axis-title", "middle");
        DrawScale(svg, left, right, bottom + 42, scale, format);
        return svg.Finish();
    }

    private static void DrawScale(SvgWriter svg, double left, double right, double y, HeatScale scale, Func<double, string> format)
    {
        double step = Math.Min(34, (right - left) / Shades);
        for (int shade = 0; shade < Shades; shade++)
            svg.Rectangle(left + shade * step, y, step, 11, $"fill0 shade{shade}", $"{format(scale.Border(shade))} to {format(scale.Border(shade + 1))}");
        svg.Text(left, y + 25, format(scale.Border(0)), "tick");
        svg.Text(left + Shades * step / 2, y + 25, format(scale.Border(Shades / 2)), "tick", "middle");
        svg.Text(left + Shades * step, y + 25, format(scale.Border(Shades)), "tick", "end");
    }
}

/// <summary>The columns of a heat map: how many, and the names of some.</summary>
internal sealed record HeatColumns(int Count, ImmutableArray<(int Column, string Name)> Labels, string Title);

/// <summary>Shades over values, in equal steps of the value or of its logarithm.</summary>
internal sealed record HeatScale(double Minimum, double Maximum, bool Logarithmic)
{
    private double Low => Logarithmic ? Quantity.Log10(Minimum) : Minimum;

    private double High => Logarithmic ? Quantity.Log10(Maximum) : Maximum;

    /// <summary>A scale that covers <paramref name="values"/>: logarithmic when they differ more than tenfold. Zero has no shade on a logarithmic scale.</summary>
    public static HeatScale Over(IEnumerable<double> values)
    {
        double minimum = double.PositiveInfinity, maximum = 0;
        foreach (double value in values.Where(value => value > 0))
        {
            minimum = Math.Min(minimum, value);
            maximum = Math.Max(maximum, value);
        }

        return maximum > 10 * minimum ? new(minimum, maximum, Logarithmic: true) : new(0, maximum > 0 ? maximum : 1, Logarithmic: false);
    }

    /// <summary>The shade of <paramref name="value"/>, or −1 for nothing.</summary>
    public int Shade(double value)
    {
        if (value <= 0)
            return -1;
        double place = ((Logarithmic ? Quantity.Log10(value) : value) - Low) / (High - Low);
        return Math.Clamp((int)(place * HeatMap.Shades), 0, HeatMap.Shades - 1);
    }

    /// <summary>The value at the lower border of <paramref name="shade"/>.</summary>
    public double Border(int shade)
    {
        double place = Low + (High - Low) * shade / HeatMap.Shades;
        return Logarithmic ? Engine.Numerics.DeterministicMath.Pow(10, place) : place;
    }
}
