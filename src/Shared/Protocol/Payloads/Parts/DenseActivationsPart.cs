namespace Federated.Protocol.Payloads;

/// <summary>A batch of vectors at a cut, bit by bit.</summary>
public sealed record DenseActivationsPart : ActivationsPart
{
    /// <summary>A batch of these values.</summary>
    /// <param name="kind">One of the four legs of a cut.</param>
    /// <param name="shape">Samples, tokens and features.</param>
    /// <param name="values">Row-major by sample, token and feature.</param>
    /// <exception cref="ArgumentException">The kind is none of the legs, or the number of values is not that of the shape.</exception>
    public DenseActivationsPart(PartKind kind, ActivationShape shape, ReadOnlyMemory<float> values)
        : base(kind, shape)
    {
        if (values.Length != shape.Count)
            throw new ArgumentException($"A batch of {shape} has {shape.Count} values, here are {values.Length}.", nameof(values));
        Values = values;
    }

    /// <summary>The values, row-major by sample, token and feature.</summary>
    public ReadOnlyMemory<float> Values { get; }

    private protected override void Restore(Span<float> values) => Values.Span.CopyTo(values);
}

/// <summary>Body: the numbers of samples, tokens and features, then the float32 values.</summary>
internal sealed class DenseActivationsCodec(PartKind kind) : PartCodec<DenseActivationsPart>
{
    public override PartKind Kind => kind;

    public override Part Read(ref PartReader reader, DecodingState state)
    {
        var shape = ActivationShape.Read(ref reader, state.Context.RequireActivations(kind, reader.Offset));
        return new DenseActivationsPart(kind, shape, reader.ReadVector(shape.Count, "activations", state.Context.Vectors));
    }

    protected override int Measure(DenseActivationsPart part, out byte[] stream)
    {
        stream = [];
        return checked(part.Shape.HeaderBytes + (part.Values.Length * sizeof(float)));
    }

    protected override void Write(DenseActivationsPart part, byte[] stream, ref PartWriter writer)
    {
        part.Shape.Write(ref writer);
        writer.WriteSingles(part.Values.Span);
    }
}
