using System.Collections.Immutable;
using System.Text;

namespace Federated.Coordinator.Reports;

/// <summary>One column for every round.</summary>
internal static class ColumnChart
{
    private const double Width = 1140;
    private const double Height = 230;
    private const int MostHints = 400;

    /// <summary>The chart as an SVG element.</summary>
    public static string Draw(string key, string title, string description, Axis x, Axis y, ImmutableArray<(int Round, double Value)> values)
    {
        SvgWriter svg = new(key, Width, Height, title, description);
        ChartArea area = new(ChartArea.LabelWidth(y), 28, Width - 8, Height - 44, x, y);
        area.Draw(svg);
        double width = Math.Clamp((area.MapX(1) - area.MapX(0)) * 0.82, 0.6, 60);
        StringBuilder path = new();
        foreach ((int round, double value) in values)
        {
            if (value <= 0)
                continue;
            double left = area.MapX(round) - width / 2, top = area.MapY(value);
            if (values.Length <= MostHints)
                svg.Rectangle(left, top, width, area.Bottom - top, "fill0", $"round {Quantity.Exact(round)}: {y.Format(value)}");
            else
                path.Append($"M{SvgWriter.Number(left)} {SvgWriter.Number(top)}h{SvgWriter.Number(width)}V{SvgWriter.Number(area.Bottom)}h{SvgWriter.Number(-width)}z");
        }

        svg.Path(path.ToString(), "fill0");
        return svg.Finish();
    }
}
