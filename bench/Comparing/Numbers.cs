namespace Federated.Bench.Comparing;

/// <summary>What a reported number counts.</summary>
internal enum Unit
{
    /// <summary>Nothing: a ratio.</summary>
    None,

    /// <summary>Bytes, shown as they are.</summary>
    Bytes,

    /// <summary>Bytes, shown in millions.</summary>
    Megabytes,

    /// <summary>A share of one, shown in per cent.</summary>
    Percent,

    /// <summary>Client-rounds a second.</summary>
    ClientRounds,

    /// <summary>Thousandths of a second.</summary>
    Milliseconds,

    /// <summary>Billions of floating-point operations a second.</summary>
    Gigaflops,

    /// <summary>Billions of bytes a second.</summary>
    GigabytesPerSecond,
}

/// <summary>Numbers as they stand in tables.</summary>
internal static class Numbers
{
    /// <summary>Three significant digits and no more decimals than that takes; whole from a hundred on, with commas between thousands.</summary>
    public static string Short(double value) => Math.Abs(value) switch
    {
        >= 99.95 => value.ToString("N0"),
        >= 9.995 => value.ToString("0.0"),
        _ => value.ToString("0.00"),
    };

    /// <summary>With the unit.</summary>
    public static string In(Unit unit, double value) => Without(unit, value) + Suffix(unit);

    /// <summary>Without the unit, in whose multiples it is shown.</summary>
    public static string Without(Unit unit, double value) => unit switch
    {
        Unit.Bytes => $"{value:N0}",
        Unit.Megabytes => Short(value / 1e6),
        Unit.Percent => $"{100 * value:0}",
        _ => Short(value),
    };

    /// <summary>A target with the unit: no more digits than it was given.</summary>
    public static string LimitIn(Unit unit, double limit) => unit switch
    {
        Unit.None => $"{limit:0.##}",
        Unit.Megabytes => $"{limit / 1e6:0.##} MB",
        _ => In(unit, limit),
    };

    private static string Suffix(Unit unit) => unit switch
    {
        Unit.None => "",
        Unit.Bytes => " bytes",
        Unit.Megabytes => " MB",
        Unit.Percent => " %",
        Unit.ClientRounds => " client-rounds/s",
        Unit.Milliseconds => " ms",
        Unit.Gigaflops => " GFLOP/s",
        Unit.GigabytesPerSecond => " GB/s",
        _ => throw new ArgumentOutOfRangeException(nameof(unit), unit, "Unknown unit."),
    };
}
