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
    public static string In(Unit unit, double value) => unit switch
    {
        Unit.None => Short(value),
        Unit.Bytes => $"{value:N0} bytes",
        Unit.Megabytes => $"{Short(value / 1e6)} MB",
        Unit.Percent => $"{100 * value:0} %",
        Unit.ClientRounds => $"{Short(value)} client-rounds/s",
        Unit.Gigaflops => $"{Short(value)} GFLOP/s",
        Unit.GigabytesPerSecond => $"{Short(value)} GB/s",
        _ => throw new ArgumentOutOfRangeException(nameof(unit), unit, "Unknown unit."),
    };

    /// <summary>A target with the unit: no more digits than it was given.</summary>
    public static string LimitIn(Unit unit, double limit) => unit switch
    {
        Unit.None => $"{limit:0.##}",
        Unit.Megabytes => $"{limit / 1e6:0.##} MB",
        _ => In(unit, limit),
    };
}
