using Federated.Engine.Numerics;

namespace Federated.Coordinator.Reports;

/// <summary>Numbers as people read them: with unit, in powers of 1000, and a comma at every third digit.</summary>
internal static class Quantity
{
    private const double Ln10 = 2.302585092994046;
    private static readonly string[] Prefixes = ["", "k", "M", "G", "T", "P", "E"];

    /// <summary>Bytes with three significant digits: <c>12.3 MB</c>.</summary>
    public static string Bytes(double bytes) => Scaled(bytes, "B");

    /// <summary>Floating-point operations with three significant digits: <c>30.5 GFLOP</c>.</summary>
    public static string Flops(double operations) => Scaled(operations, "FLOP");

    /// <summary>Bytes as a tick label: no more decimals than it needs.</summary>
    public static string BytesTick(double bytes) => Scaled(bytes, "B", value => $"{value:0.###}");

    /// <summary>Floating-point operations as a tick label: no more decimals than it needs.</summary>
    public static string FlopsTick(double operations) => Scaled(operations, "FLOP", value => $"{value:0.###}");

    /// <summary>A whole number with thousands separators.</summary>
    public static string Exact(long value) => value.ToString("N0");

    /// <summary>A share as a percentage with one decimal; below one per cent with three significant digits.</summary>
    public static string Percent(double share)
    {
        double percent = share * 100;
        return percent is > 0 and < 1 ? $"{ThreeDigits(percent)} %" : $"{percent:0.0} %";
    }

    /// <summary>A share as a tick label: no more decimals than it needs.</summary>
    public static string PercentTick(double share) => share * 100 is var percent && percent >= 1 ? $"{percent:0.#} %" : $"{percent:0.###} %";

    /// <summary>Seconds as <c>850 ms</c>, <c>4.20 s</c>, <c>3 min 20 s</c>, <c>5 h 07 min</c> or <c>2 d 03 h</c>.</summary>
    public static string Duration(double seconds)
    {
        if (seconds == 0)
            return "0 s";
        if (seconds < 1)
            return $"{ThreeDigits(seconds * 1000)} ms";
        if (seconds < 60)
            return $"{ThreeDigits(seconds)} s";
        long whole = seconds < long.MaxValue / 2.0 ? (long)Math.Round(seconds) : long.MaxValue / 2;
        return whole switch
        {
            < 3600 => $"{whole / 60} min {whole % 60:D2} s",
            < 86_400 => $"{whole / 3600} h {whole % 3600 / 60:D2} min",
            _ => $"{whole / 86_400:N0} d {whole % 86_400 / 3600:D2} h",
        };
    }

    /// <summary>How many times smaller <paramref name="part"/> is than <paramref name="whole"/>: <c>20.3× less</c>.</summary>
    public static string Ratio(double part, double whole) => part <= 0 || whole <= 0
        ? "–"
        : part <= whole ? $"{ThreeDigits(whole / part)}× less" : $"{ThreeDigits(part / whole)}× more";

    /// <summary>Three significant digits, or all digits of a larger number, with thousands separators.</summary>
    public static string ThreeDigits(double value)
    {
        double size = Math.Abs(value);
        return size switch
        {
            0 => "0",
            >= 99.95 => value.ToString("N0"),
            >= 9.995 => value.ToString("0.0"),
            >= 0.9995 => value.ToString("0.00"),
            >= 0.09995 => value.ToString("0.000"),
            >= 0.001 => value.ToString("0.####"),
            _ => value.ToString("0.##e-0"),
        };
    }

    /// <summary>Logarithm to base ten.</summary>
    public static double Log10(double value) => DeterministicMath.Log(value) / Ln10;

    private static string Scaled(double value, string unit, Func<double, string>? write = null)
    {
        int prefix = 0;
        double scaled = value;
        while (Math.Abs(scaled) >= 999.5 && prefix < Prefixes.Length - 1)
        {
            scaled /= 1000;
            prefix++;
        }

        bool whole = prefix == 0 && scaled == Math.Truncate(scaled);
        return $"{(whole ? scaled.ToString("0") : (write ?? ThreeDigits)(scaled))} {Prefixes[prefix]}{unit}";
    }
}
