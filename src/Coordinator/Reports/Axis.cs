using System.Collections.Immutable;
using Federated.Coordinator.Runs;
using Federated.Engine.Numerics;

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

    /// <summary>
    /// An axis of decimal logarithms of positive values: it covers <paramref name="minimum"/> to <paramref name="maximum"/>, with ticks at 1, 2 and 5 times
    /// powers of ten, or at powers of ten alone when there are more than three. Places and ticks are logarithms; <paramref name="format"/> gets values.
    /// </summary>
    public static Axis Logarithmic(double minimum, double maximum, Func<double, string> format, string title)
    {
        double low = Quantity.Log10(minimum), high = Math.Max(Quantity.Log10(maximum), Quantity.Log10(minimum) + 0.01);
        double[] factors = high - low > 3 ? [1] : [1, 2, 5];
        ImmutableArray<double> ticks = [.. Enumerable.Range((int)Math.Floor(low), (int)(Math.Floor(high) - Math.Floor(low)) + 1)
            .SelectMany(power => factors.Select(factor => power + Quantity.Log10(factor))).Where(tick => tick >= low - 1e-9 && tick <= high + 1e-9)];
        return new(low, high, ticks.IsEmpty ? [low] : ticks, logarithm => format(ThreeDigits(logarithm)), title);
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

    /// <summary>Ten to the power of <paramref name="logarithm"/>, rounded to three significant digits, which makes ticks round again.</summary>
    private static double ThreeDigits(double logarithm)
    {
        double power = DeterministicMath.Pow(10, Math.Floor(logarithm) - 2);
        return Math.Round(DeterministicMath.Pow(10, logarithm) / power) * power;
    }

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
