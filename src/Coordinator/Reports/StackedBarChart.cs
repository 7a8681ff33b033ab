using System.Collections.Immutable;
using System.Text;

namespace Federated.Coordinator.Reports;

/// <summary>One part of every bar. Parts with <paramref name="Below"/> hang under the zero line, in their own stack.</summary>
internal sealed record StackPart(string Name, ImmutableArray<double> Values, int Color, bool Below);

/// <summary>Bars of bytes over rounds, each a stack of parts upwards and a stack downwards, with a legend in the order of the stack.</summary>
internal static class StackedBarChart
{
    private const double Width = 1140;
    private const double LegendRow = 18;

    /// <summary>The chart as an SVG element.</summary>
    /// <param name="key">Unique in the page.</param>
    /// <param name="title">What the chart shows.</param>
    /// <param name="description">The numbers that matter.</param>
    /// <param name="x">Axis of rounds.</param>
    /// <param name="rounds">The round, or the middle of the rounds, of every bar.</param>
    /// <param name="roundsPerBar">Width of a bar on the axis.</param>
    /// <param name="parts">The parts, bottom first; every one has a value for every bar.</param>
    /// <param name="yTitle">Title of the vertical axis.</param>
    public static string Draw(string key, string title, string description, Axis x, ImmutableArray<double> rounds, double roundsPerBar,
        IReadOnlyList<StackPart> parts, string yTitle)
    {
        double Largest(bool below) => rounds.IsEmpty ? 0 : Enumerable.Range(0, rounds.Length).Max(bar => parts.Where(part => part.Below == below).Sum(part => part.Values[bar]));
        Axis y = Axis.Nice(-Largest(below: true), Largest(below: false), 6, value => Quantity.BytesTick(Math.Abs(value)), yTitle);
        const double plotHeight = 260;
        double legendTop = 28 + plotHeight + 58;
        int columns = parts.Any(part => part.Below) ? 2 : 1;
        int legendRows = columns == 2 ? Math.Max(parts.Count(part => part.Below), parts.Count(part => !part.Below)) + 1 : parts.Count;
        SvgWriter svg = new(key, Width, legendTop + legendRows * LegendRow, title, description);
        ChartArea area = new(ChartArea.LabelWidth(y), 28, Width - 8, 28 + plotHeight, x, y);
        area.Draw(svg);

        double[] above = new double[rounds.Length], beneath = new double[rounds.Length];
        double width = Math.Max(0.8, (area.MapX(roundsPerBar) - area.MapX(0)) * (rounds.Length > 120 ? 1 : 0.82));
        width = Math.Min(width, 60);
        foreach (StackPart part in parts)
        {
            double[] sums = part.Below ? beneath : above;
            StringBuilder path = new();
            for (int bar = 0; bar < rounds.Length; bar++)
            {
                if (part.Values[bar] <= 0)
                    continue;
                double from = sums[bar];
                sums[bar] += part.Values[bar];
                double top = area.MapY(part.Below ? -from : sums[bar]);
                double bottom = area.MapY(part.Below ? -sums[bar] : from);
                path.Append($"M{SvgWriter.Number(area.MapX(rounds[bar]) - width / 2)} {SvgWriter.Number(top)}h{SvgWriter.Number(width)}v{SvgWriter.Number(bottom - top)}h{SvgWriter.Number(-width)}z");
            }

            svg.Path(path.ToString(), $"bar fill{part.Color}");
        }

        svg.Line(area.Left, area.MapY(0), area.Right, area.MapY(0), "axis");
        if (columns == 2)
        {
            Legend(svg, area.Left, legendTop, "↑ clients to server (upwards)", [.. parts.Where(part => !part.Below)]);
            Legend(svg, (area.Left + area.Right) / 2, legendTop, "↓ server to clients (downwards)", [.. parts.Where(part => part.Below)]);
        }
        else
        {
            Legend(svg, area.Left, legendTop - LegendRow, "", parts);
        }

        return svg.Finish();
    }

    private static void Legend(SvgWriter svg, double x, double y, string heading, IReadOnlyList<StackPart> parts)
    {
        svg.Text(x, y + 4, heading, "axis-title");
        foreach (StackPart part in parts)
        {
            y += LegendRow;
            svg.Rectangle(x, y - 6, 11, 11, $"bar fill{part.Color}");
            double mean = part.Values.IsEmpty ? 0 : part.Values.Average();
            svg.Text(x + 17, y + 4, $"{part.Name}, {Quantity.Bytes(mean)} per round on average", "tick");
        }
    }
}
