namespace Federated.Coordinator.Reports;

/// <summary>The drawing area of a chart with two axes: maps values to coordinates and draws grid, ticks and axis titles.</summary>
internal sealed record ChartArea(double Left, double Top, double Right, double Bottom, Axis X, Axis Y)
{
    /// <summary>Width of one character of a tick label, in units: 12 units high text in a sans-serif face.</summary>
    public const double CharacterWidth = 6.6;

    /// <summary>Space that the labels of <paramref name="axis"/> take when they stand at the left.</summary>
    public static double LabelWidth(Axis axis) => axis.Ticks.Max(tick => axis.Format(tick).Length) * CharacterWidth + 10;

    /// <summary>Coordinate of a value of the horizontal axis.</summary>
    public double MapX(double value) => Left + X.Place(value) * (Right - Left);

    /// <summary>Coordinate of a value of the vertical axis.</summary>
    public double MapY(double value) => Bottom - Y.Place(value) * (Bottom - Top);

    /// <summary>Draws grid lines, tick labels and axis titles.</summary>
    public void Draw(SvgWriter svg)
    {
        foreach (double tick in Y.Ticks)
        {
            double y = MapY(tick);
            svg.Line(Left, y, Right, y, tick == 0 ? "axis" : "grid");
            svg.Text(Left - 7, y + 4, Y.Format(tick), "tick", "end");
        }

        double free = double.NegativeInfinity;
        foreach (double tick in X.Ticks)
        {
            double x = MapX(tick);
            string label = X.Format(tick);
            double half = label.Length * CharacterWidth / 2;
            svg.Line(x, Bottom, x, Bottom + 4, "axis");
            if (x - half < free)
                continue;
            svg.Text(x, Bottom + 17, label, "tick", "middle");
            free = x + half + 8;
        }

        svg.Line(Left, Bottom, Right, Bottom, "axis");
        svg.Text((Left + Right) / 2, Bottom + 34, X.Title, "axis-title", "middle");
        svg.Text(0, Top - 12, Y.Title, "axis-title");
    }
}
