using System.Collections.Immutable;
using Federated.Coordinator.Runs;

namespace Federated.Coordinator.Reports;

/// <summary>The range of one direction of a chart, its ticks and how they are written.</summary>
internal sealed record Axis(double Minimum, double Maximum, ImmutableArray<double> Ticks, Func<double, string> Format, string Title)
{
    /// <summary>An axis that covers <paramref name="minimum"/> to <paramref name="maximum"/> and begins and ends at ticks of 1, 2 or 5 times a power of ten.</summary>
    public static Axis Nice(double minimum, double maximum, int intervals, Func<double, string> format, string title)
    {
        if (maximum <= minimum)
            maximum = minimum + (minimum == 0 ? 1 : Math.Abs(minimum) * 0.1);
        double step = NiceStep((maximum - minimum) / intervals);
        long first = (long)Math.Floor(minimum / step + 1e-9);
        long last = (long)Math.Ceiling(maximum / step - 1e-9);
        ImmutableArray<double> ticks = [.. Enumerable.Range(0, (int)(last - first + 1)).Select(index => (first + index) * step)];
        return new(ticks[0], ticks[^1], ticks, format, title);
    }

    /// <summary>The axis of the rounds of <paramref name="records"/>, with <paramref name="margin"/> rounds to spare at both ends.</summary>
    public static Axis Rounds(ImmutableArray<RoundRecord> records, double margin = 0) => Rounds(records[0].Round, records[^1].Round, margin);

    /// <summary>An axis of rounds: from <paramref name="first"/> to <paramref name="last"/> exactly, with ticks at whole numbers.</summary>
    public static Axis Rounds(int first, int last, double margin = 0)
    {
        double step = Math.Max(1, NiceStep((last - first) / 8.0));
        List<double> ticks = [];
        for (double tick = Math.Ceiling(first / step) * step; tick <= last; tick += step)
            ticks.Add(tick);
        if (ticks.Count == 0 || (ticks[0] > first && ticks[0] - first >= 0.5 * step))
            ticks.Insert(0, first);
        double low = first - margin, high = last + margin;
        return new(low, high > low ? high : low + 1, [.. ticks], tick => Quantity.Exact((long)tick), "round");
    }

    /// <summary>Where <paramref name="value"/> lies, 0 at the minimum and 1 at the maximum.</summary>
    public double Place(double value) => (value - Minimum) / (Maximum - Minimum);

    private static double NiceStep(double rough)
    {
        if (rough <= 0)
            return 1;
        double power = 1;
        while (power > rough)
            power /= 10;
        while (power * 10 <= rough)
            power *= 10;
        double factor = rough / power;
        return power * (factor <= 1.0001 ? 1 : factor <= 2.0001 ? 2 : factor <= 5.0001 ? 5 : 10);
    }
}
