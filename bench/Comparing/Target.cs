namespace Federated.Bench.Comparing;

/// <summary>What a figure has to reach.</summary>
/// <param name="IsLeast">The limit is the least that is enough; otherwise it is the most.</param>
/// <param name="Limit">The limit.</param>
internal readonly record struct Target(bool IsLeast, double Limit)
{
    /// <summary>At least this much.</summary>
    public static Target AtLeast(double limit) => new(true, limit);

    /// <summary>At most this much.</summary>
    public static Target AtMost(double limit) => new(false, limit);

    /// <summary>Whether a value reaches it.</summary>
    public bool IsMet(double value) => IsLeast ? value >= Limit : value <= Limit;

    /// <summary>As it stands in a table.</summary>
    public string Format(Func<double, string> number) => $"{(IsLeast ? "≥" : "≤")} {number(Limit)}";
}
