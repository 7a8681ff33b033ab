namespace Federated.Protocol.Payloads;

/// <summary>
/// A batch of vectors at a cut of the model: activations on the way forward, gradients of the loss by them on the way back. Which of the four legs it is says the kind, how it is
/// coded the type: <see cref="DenseActivationsPart"/> is exact, the others come from an <see cref="ActivationCompressor"/>.
/// </summary>
public abstract record ActivationsPart : Part
{
    private protected ActivationsPart(PartKind kind, ActivationShape shape)
    {
        if (!PartKinds.IsActivations(kind))
            throw new ArgumentException($"{kind} is no leg of a cut.", nameof(kind));
        if (shape.Count == 0)
            throw new ArgumentException("A batch of activations has at least one value.", nameof(shape));
        Kind = kind;
        Shape = shape;
    }

    /// <inheritdoc/>
    public override PartKind Kind { get; }

    /// <summary>Samples, tokens and features.</summary>
    public ActivationShape Shape { get; }

    /// <summary>Where values crossed; null when all did.</summary>
    public virtual ActivationPositions? Positions => null;

    /// <summary>Writes all values, row-major by sample, token and feature; what did not cross is zero.</summary>
    /// <param name="values">As many as <see cref="Shape"/> counts.</param>
    /// <exception cref="ArgumentException">The span has another length.</exception>
    public void CopyTo(Span<float> values)
    {
        if (values.Length != Shape.Count)
            throw new ArgumentException($"The batch has {Shape.Count} values, the span {values.Length}.", nameof(values));
        Restore(values);
    }

    /// <summary>All values, row-major by sample, token and feature, in an array of their own.</summary>
    public float[] ToArray()
    {
        float[] values = GC.AllocateUninitializedArray<float>(Shape.Count);
        Restore(values);
        return values;
    }

    private protected abstract void Restore(Span<float> values);
}
