namespace Federated.Bench.Comparing;

/// <summary>A figure with its spread.</summary>
/// <param name="Value">The figure.</param>
/// <param name="Least">The least in any round.</param>
/// <param name="Greatest">The greatest in any round.</param>
/// <param name="Own">What was measured of ours, as text; empty where it is the figure itself.</param>
/// <param name="Reference">What was measured of the other side, as text; empty where there is none.</param>
internal readonly record struct Figure(double Value, double Least, double Greatest, string Own, string Reference);

/// <summary>How a figure comes about from the results of all rounds.</summary>
internal abstract record Quantity
{
    /// <summary>The figure.</summary>
    public abstract Figure Evaluate(Rounds rounds);

    /// <summary>A value of this quantity as it stands in a table.</summary>
    public abstract string Format(double value);

    /// <summary>The same without its unit.</summary>
    public virtual string FormatPlain(double value) => Numbers.Short(value);

    /// <summary>A target for this quantity as it stands in a table.</summary>
    public virtual string FormatLimit(double limit) => Format(limit);
}

/// <summary>
/// How many times as fast a subject is as the fastest of its references: the ratio of the two medians over all rounds. The spread is that of the ratios of the
/// single rounds, in each of which both ran one shortly after the other.
/// </summary>
/// <param name="Subject">The subject.</param>
/// <param name="References">Those it is compared with.</param>
internal sealed record SpeedUp(string Subject, params IReadOnlyList<string> References) : Quantity
{
    /// <inheritdoc/>
    public override Figure Evaluate(Rounds rounds)
    {
        string fastest = References.MaxBy(reference => Quantiles.Median(rounds.Speeds(reference)))!;
        var pairs = new PairStatistics(rounds.Speeds(Subject), rounds.Speeds(fastest));
        string reference = rounds.Describe(fastest) + (References.Count > 1 ? $" ({fastest})" : "");
        return new Figure(pairs.RatioOfMedians, pairs.Least, pairs.Greatest, rounds.Describe(Subject), reference);
    }

    /// <inheritdoc/>
    public override string Format(double value) => Numbers.Short(value) + "×";

    /// <inheritdoc/>
    public override string FormatLimit(double limit) => $"{limit:0.##}×";
}

/// <summary>How many times as long a subject takes as its reference.</summary>
/// <param name="Subject">The subject.</param>
/// <param name="Reference">What it is compared with.</param>
internal sealed record SlowDown(string Subject, string Reference) : Quantity
{
    /// <inheritdoc/>
    public override Figure Evaluate(Rounds rounds)
    {
        var pairs = new PairStatistics(rounds.Speeds(Reference), rounds.Speeds(Subject));
        return new Figure(pairs.RatioOfMedians, pairs.Least, pairs.Greatest, rounds.Describe(Subject), rounds.Describe(Reference));
    }

    /// <inheritdoc/>
    public override string Format(double value) => Numbers.Short(value) + "×";

    /// <inheritdoc/>
    public override string FormatLimit(double limit) => $"{limit:0.##}×";
}

/// <summary>A number that a subject reports by itself.</summary>
/// <param name="Subject">The subject.</param>
/// <param name="Field">Name of the number in its result.</param>
/// <param name="Unit">Its unit.</param>
/// <param name="IsLargest">The largest of all rounds counts, instead of the median: for memory, whose peak is what one pays.</param>
/// <param name="References">Others that report the same; the smallest is shown beside it.</param>
internal sealed record Reading(string Subject, string Field, Unit Unit, bool IsLargest = false, params IReadOnlyList<string> References) : Quantity
{
    /// <inheritdoc/>
    public override Figure Evaluate(Rounds rounds)
    {
        double[] values = rounds.Values(Subject, Field);
        double value = IsLargest ? values.Max() : Quantiles.Median(values);
        string reference = References.Count == 0 ? "" : Format(References.Min(name => Quantiles.Median(rounds.Values(name, Field))));
        return new Figure(value, values.Min(), values.Max(), "", reference);
    }

    /// <inheritdoc/>
    public override string Format(double value) => Numbers.In(Unit, value);

    /// <inheritdoc/>
    public override string FormatPlain(double value) => Numbers.Without(Unit, value);

    /// <inheritdoc/>
    public override string FormatLimit(double limit) => Numbers.LimitIn(Unit, limit);
}
