using System.Globalization;

namespace Federated.Protocol.Rpc;

/// <summary><c>grpc-timeout</c>: at most eight digits and a unit.</summary>
internal static class TimeoutHeader
{
    public const string Name = "grpc-timeout";

    /// <summary>Timers take no more than 2³² − 2 milliseconds, 49 days; a call that may take longer has no timer.</summary>
    public static readonly TimeSpan LongestTimer = TimeSpan.FromMilliseconds(uint.MaxValue - 1);

    private const long LargestValue = 99_999_999;

    // In ticks of 100 ns; finer units than a tick are read and never written.
    private static readonly (char Unit, long Ticks)[] Units =
    [
        ('u', TimeSpan.TicksPerMicrosecond), ('m', TimeSpan.TicksPerMillisecond), ('S', TimeSpan.TicksPerSecond), ('M', TimeSpan.TicksPerMinute), ('H', TimeSpan.TicksPerHour),
    ];

    /// <summary>In the finest unit that eight digits allow, rounded up: the server must not give up before the client does.</summary>
    public static string Format(TimeSpan timeout)
    {
        foreach ((char unit, long ticks) in Units)
        {
            long value = (Math.Max(timeout.Ticks, 1) / ticks) + (Math.Max(timeout.Ticks, 1) % ticks > 0 ? 1 : 0);
            if (value <= LargestValue)
                return string.Create(CultureInfo.InvariantCulture, $"{value}{unit}");
        }

        return "99999999H";
    }

    /// <summary>Reads a header's value; durations beyond <see cref="TimeSpan.MaxValue"/> become that.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out TimeSpan timeout)
    {
        timeout = default;
        if (text.Length is < 2 or > 9 || !long.TryParse(text[..^1], NumberStyles.None, CultureInfo.InvariantCulture, out long value))
            return false;
        if (text[^1] == 'n')
        {
            timeout = TimeSpan.FromTicks((value + TimeSpan.NanosecondsPerTick - 1) / TimeSpan.NanosecondsPerTick);
            return true;
        }

        foreach ((char unit, long ticks) in Units)
        {
            if (unit != text[^1])
                continue;
            timeout = value > TimeSpan.MaxValue.Ticks / ticks ? TimeSpan.MaxValue : TimeSpan.FromTicks(value * ticks);
            return true;
        }

        return false;
    }
}
