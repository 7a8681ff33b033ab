using System.Collections.Immutable;
using System.Text;

namespace Federated.Coordinator.Reports;

/// <summary>One line of a <see cref="LineChart"/>.</summary>
/// <param name="Name">Written at the line's end when there are several.</param>
/// <param name="Points">From left to right; a value that was not measured is absent.</param>
internal sealed record LineSeries(string Name, ImmutableArray<(double X, double Y)> Points)
{
    /// <summary>Lower and upper edge of a band around the line, such as the spread over seeds; empty for none.</summary>
    public ImmutableArray<(double X, double Low, double High)> Band { get; init; } = [];

    /// <summary>Which colour of the palette.</summary>
    public int Color { get; init; }
}

/// <summary>Lines over two axes, each labelled at its end.</summary>
internal static class LineChart
{
    private const double Height = 300;
    private const double BoldCharacterWidth = 7.3;
    private const int MostMarkers = 60;
    private const int MostHints = 400;

    /// <summary>The chart as an SVG element; a wide one spans the page.</summary>
    public static string Draw(string key, string title, string description, Axis x, Axis y, IReadOnlyList<LineSeries> series, bool wide = false)
    {
        double width = wide ? 1140 : 560;
        SvgWriter svg = new(key, width, Height, title, description);
        double right = series.Max(line => EndLabel(line, y, series.Count).Length) * BoldCharacterWidth + 14;
        ChartArea area = new(ChartArea.LabelWidth(y), 28, width - Math.Min(right, 230), Height - 44, x, y);
        area.Draw(svg);
        foreach (LineSeries line in series)
            DrawBand(svg, area, line);
        foreach (LineSeries line in series)
            DrawLine(svg, area, line);
        DrawEndLabels(svg, area, series);
        foreach (LineSeries line in series.Where(line => line.Points.Length <= MostHints))
        {
            foreach ((double px, double py) in line.Points)
                svg.Circle(area.MapX(px), area.MapY(py), 7, "hit", $"{(series.Count > 1 ? line.Name + ", " : "")}{x.Title} {x.Format(px)}: {y.Format(py)}");
        }

        return svg.Finish();
    }

    private static string EndLabel(LineSeries line, Axis y, int count) =>
        line.Points.Length == 0 ? line.Name : count > 1 ? $"{line.Name} {y.Format(line.Points[^1].Y)}" : y.Format(line.Points[^1].Y);

    private static void DrawBand(SvgWriter svg, ChartArea area, LineSeries line)
    {
        if (line.Band.IsEmpty)
            return;
        StringBuilder path = new();
        foreach ((double x, _, double high) in line.Band)
            path.Append(path.Length == 0 ? 'M' : 'L').Append(Point(area, x, high));
        foreach ((double x, double low, _) in line.Band.Reverse())
            path.Append('L').Append(Point(area, x, low));
        svg.Path(path.Append('Z').ToString(), $"band fill{line.Color}");
    }

    private static void DrawLine(SvgWriter svg, ChartArea area, LineSeries line)
    {
        StringBuilder path = new();
        foreach ((double x, double y) in line.Points)
            path.Append(path.Length == 0 ? 'M' : 'L').Append(Point(area, x, y));
        if (line.Points.Length > 1)
            svg.Path(path.ToString(), $"line stroke{line.Color} dash{line.Color}");
        if (line.Points.Length > MostMarkers)
            return;
        foreach ((double x, double y) in line.Points)
            svg.Circle(area.MapX(x), area.MapY(y), line.Points.Length == 1 ? 4 : 2.4, $"fill{line.Color}");
    }

    private static void DrawEndLabels(SvgWriter svg, ChartArea area, IReadOnlyList<LineSeries> series)
    {
        const double lineHeight = 14;
        List<(double Y, double X, LineSeries Line)> labels = [.. series.Where(line => line.Points.Length > 0)
            .Select(line => (area.MapY(line.Points[^1].Y), area.MapX(line.Points[^1].X), line)).OrderBy(label => label.Item1)];
        double free = double.NegativeInfinity;
        double overflow = labels.Count * lineHeight;
        foreach ((double y, double x, LineSeries line) in labels)
        {
            overflow -= lineHeight;
            double place = Math.Min(Math.Max(y, free), Math.Max(free, area.Bottom - overflow));
            if (series.Count > 1 && x < area.Right - 4)
                svg.Line(x, y, area.Right + 4, place, $"leader stroke{line.Color}");
            double textX = series.Count > 1 ? area.Right + 7 : x + 7;
            svg.Text(textX, place + 4, EndLabel(line, area.Y, series.Count), $"label ink{line.Color}");
            free = place + lineHeight;
        }
    }

    private static string Point(ChartArea area, double x, double y) => $"{SvgWriter.Number(area.MapX(x))} {SvgWriter.Number(area.MapY(y))}";
}
