namespace Federated.Protocol.Payloads;

/// <summary>Which values of a sparse batch crossed. The gradient that comes back through it is zero everywhere else, and both ends know the positions.</summary>
public sealed record ActivationPositions
{
    /// <summary>As many positions in each vector of the batch.</summary>
    /// <param name="shape">The batch's shape.</param>
    /// <param name="kept">Positions in each vector, 1…features.</param>
    /// <param name="values">Vector after vector, strictly ascending within each.</param>
    /// <exception cref="ArgumentException">The number of positions does not fit, or they do not ascend within 0…features−1.</exception>
    public ActivationPositions(ActivationShape shape, int kept, ReadOnlyMemory<int> values)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(kept);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(kept, shape.Features);
        if (values.Length != (long)kept * shape.Vectors)
            throw new ArgumentException($"{shape.Vectors} vectors of {kept} positions have {(long)kept * shape.Vectors} positions, here are {values.Length}.", nameof(values));
        ReadOnlySpan<int> all = values.Span;
        for (int i = 0; i < all.Length; i++)
        {
            if (all[i] < 0 || all[i] >= shape.Features || (i % kept > 0 && all[i] <= all[i - 1]))
                throw new ArgumentException($"Position {all[i]} stands as number {i % kept} of a vector of {shape.Features}; positions ascend.", nameof(values));
        }

        Shape = shape;
        Kept = kept;
        Values = values;
    }

    /// <summary>The batch's shape.</summary>
    public ActivationShape Shape { get; }

    /// <summary>Positions in each vector.</summary>
    public int Kept { get; }

    /// <summary>The positions, vector after vector, ascending within each.</summary>
    public ReadOnlyMemory<int> Values { get; }

    /// <summary>The values at the positions, vector after vector.</summary>
    internal void Gather(ReadOnlySpan<float> batch, Span<float> kept)
    {
        ReadOnlySpan<int> positions = Values.Span;
        for (int i = 0, start = 0; i < positions.Length; start += Shape.Features)
        {
            for (int end = i + Kept; i < end; i++)
                kept[i] = batch[start + positions[i]];
        }
    }

    /// <summary>A batch that is zero but for these values at the positions.</summary>
    internal void Scatter(ReadOnlySpan<float> kept, Span<float> batch)
    {
        batch.Clear();
        ReadOnlySpan<int> positions = Values.Span;
        for (int i = 0, start = 0; i < positions.Length; start += Shape.Features)
        {
            for (int end = i + Kept; i < end; i++)
                batch[start + positions[i]] = kept[i];
        }
    }
}
