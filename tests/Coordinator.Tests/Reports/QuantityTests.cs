using System.Globalization;
using Federated.Coordinator.Reports;
using Xunit;

namespace Federated.Coordinator.Tests.Reports;

public sealed class QuantityTests
{
    [Theory]
    [InlineData(0, "0 B")]
    [InlineData(999, "999 B")]
    [InlineData(999.6, "1.00 kB")]
    [InlineData(1000, "1.00 kB")]
    [InlineData(62_468.3, "62.5 kB")]
    [InlineData(999_499, "999 kB")]
    [InlineData(37_481_480, "37.5 MB")]
    [InlineData(1.5e18, "1.50 EB")]
    public void Bytes_have_three_digits_and_powers_of_1000(double bytes, string expected) => Assert.Equal(expected, Quantity.Bytes(bytes));

    [Theory]
    [InlineData(0, "0 s")]
    [InlineData(0.85, "850 ms")]
    [InlineData(4.2, "4.20 s")]
    [InlineData(200, "3 min 20 s")]
    [InlineData(3599.7, "1 h 00 min")]
    [InlineData(18_420, "5 h 07 min")]
    [InlineData(183_600, "2 d 03 h")]
    public void Durations_read_like_a_clock(double seconds, string expected) => Assert.Equal(expected, Quantity.Duration(seconds));

    [Theory]
    [InlineData(0.852, "85.2 %")]
    [InlineData(0.00524, "0.524 %")]
    [InlineData(0, "0.0 %")]
    [InlineData(1, "100.0 %")]
    public void Percentages_keep_their_digits(double share, string expected) => Assert.Equal(expected, Quantity.Percent(share));

    [Fact]
    public void Ratios_say_which_way()
    {
        Assert.Equal("20.0× less", Quantity.Ratio(5, 100));
        Assert.Equal("2.00× more", Quantity.Ratio(10, 5));
        Assert.Equal("–", Quantity.Ratio(0, 5));
    }

    [Theory]
    [InlineData(0, 0.87, new[] { 0, 0.2, 0.4, 0.6, 0.8, 1 })]
    [InlineData(-300, 700, new[] { -400.0, -200, 0, 200, 400, 600, 800 })]
    [InlineData(0, 0, new[] { 0, 0.2, 0.4, 0.6, 0.8, 1 })]
    public void Ticks_are_round_and_cover_the_range(double minimum, double maximum, double[] expected)
    {
        Axis axis = Axis.Nice(minimum, maximum, 5, value => $"{value}", "x");
        Assert.Equal(expected, axis.Ticks.Select(tick => Math.Round(tick, 9)));
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(0, 1)]
    [InlineData(1, 60)]
    [InlineData(0, 1_000_000)]
    public void Rounds_are_marked_at_whole_numbers_and_fill_the_axis(int first, int last)
    {
        Axis axis = Axis.Rounds(first, last);
        Assert.All(axis.Ticks, tick => Assert.Equal(Math.Truncate(tick), tick));
        Assert.All(axis.Ticks, tick => Assert.InRange(axis.Place(tick), 0, 1));
        Assert.InRange(axis.Ticks.Length, 1, 12);
        Assert.Equal(first, axis.Ticks[0]);
    }

    [Fact]
    public void Logarithmic_ticks_are_one_two_and_five_times_powers_of_ten()
    {
        Axis axis = Axis.Logarithmic(400_000, 25_000_000, Quantity.BytesTick, "bytes");
        Assert.Equal(["500 kB", "1 MB", "2 MB", "5 MB", "10 MB", "20 MB"], axis.Ticks.Select(axis.Format));
        Assert.Equal(["1 B", "10 B", "100 B", "1 kB", "10 kB"], Axis.Logarithmic(1, 10_000, Quantity.BytesTick, "bytes") is var wide ? wide.Ticks.Select(wide.Format) : []);
    }

    [Fact]
    public void Every_colour_has_a_contrast_of_three_to_one_to_its_page()
    {
        Assert.All(Palette.Light, color => Assert.InRange(Contrast(color, Palette.LightBackground), 3, 21));
        Assert.All(Palette.Dark, color => Assert.InRange(Contrast(color, Palette.DarkBackground), 3, 21));
        Assert.Equal(Palette.Light.Length, Palette.Dark.Length);
    }

    private static double Contrast(string first, string second)
    {
        double a = Luminance(first), b = Luminance(second);
        return (Math.Max(a, b) + 0.05) / (Math.Min(a, b) + 0.05);
    }

    /// <summary>Relative luminance of WCAG 2.2.</summary>
    private static double Luminance(string color)
    {
        double Channel(int start)
        {
            double value = int.Parse(color.AsSpan(start, 2), NumberStyles.HexNumber) / 255.0;
            return value <= 0.04045 ? value / 12.92 : Engine.Numerics.DeterministicMath.Pow((value + 0.055) / 1.055, 2.4);
        }

        return 0.2126 * Channel(1) + 0.7152 * Channel(3) + 0.0722 * Channel(5);
    }
}
