namespace Federated.Protocol.Payloads;

/// <summary>A batch of vectors at a cut of which some values are known, at positions of their own, and the others are zero.</summary>
public abstract record PositionedActivationsPart : ActivationsPart
{
    private protected PositionedActivationsPart(PartKind kind, ActivationPositions positions, ReadOnlyMemory<float> values)
        : base(kind, positions.Shape)
    {
        if (values.Length != positions.Values.Length)
            throw new ArgumentException($"{positions.Values.Length} positions have {values.Length} values.", nameof(values));
        Positions = positions;
        Values = values;
    }

    /// <inheritdoc/>
    public sealed override ActivationPositions Positions { get; }

    /// <summary>One value per position, vector after vector.</summary>
    public ReadOnlyMemory<float> Values { get; }

    private protected sealed override void Restore(Span<float> values) => Positions.Scatter(Values.Span, values);
}
