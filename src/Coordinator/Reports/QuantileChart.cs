using System.Collections.Immutable;

namespace Federated.Coordinator.Reports;

/// <summary>Rows of distributions: a thin line from the 10th to the 90th percentile, a bar over the middle half, a ring at the median.</summary>
internal static class QuantileChart
{
    private const double Width = 560;

    /// <summary>The chart as an SVG element.</summary>
    public static string Draw(string key, string title, string description, IReadOnlyList<(string Name, ImmutableArray<double> Values)> rows, Axis x)
    {
        double row = BarChart.RowHeight(rows.Count);
        double left = rows.Max(entry => entry.Name.Length) * ChartArea.CharacterWidth + 8;
        double bottom = rows.Count * row + 4;
        SvgWriter svg = new(key, Width, bottom + 42, title, description);
        double right = Width - 22;
        foreach (double tick in x.Ticks)
        {
            double at = left + x.Place(tick) * (right - left);
            svg.Line(at, 4, at, bottom + 4, "grid");
            svg.Text(at, bottom + 17, x.Format(tick), "tick", "middle");
        }

        for (int index = 0; index < rows.Count; index++)
        {
            (string name, ImmutableArray<double> values) = rows[index];
            ImmutableArray<double> sorted = values.Sort();
            double middle = 4 + (index + 0.5) * row;
            double At(double quantile) => left + x.Place(Quantile(sorted, quantile)) * (right - left);
            svg.Text(left - 7, middle + (row < 12 ? 3 : 4), name, row < 12 ? "tick small" : "tick", "end");
            svg.Line(At(0.1), middle, At(0.9), middle, "whisker");
            svg.Rectangle(At(0.25), middle - row * 0.28, At(0.75) - At(0.25), row * 0.56, "fill0",
                $"{name}: 10 % of clients below {x.Format(Quantile(sorted, 0.1))}, median {x.Format(Quantile(sorted, 0.5))}, 10 % above {x.Format(Quantile(sorted, 0.9))}");
            svg.Circle(At(0.5), middle, Math.Min(4, row * 0.3), "median");
        }

        svg.Text((left + right) / 2, bottom + 34, x.Title, "axis-title", "middle");
        return svg.Finish();
    }

    /// <summary>The <paramref name="share"/>-quantile of sorted values, linear between neighbours.</summary>
    public static double Quantile(ImmutableArray<double> sorted, double share)
    {
        double place = share * (sorted.Length - 1);
        int below = (int)place;
        return below + 1 < sorted.Length ? sorted[below] + (place - below) * (sorted[below + 1] - sorted[below]) : sorted[below];
    }
}
