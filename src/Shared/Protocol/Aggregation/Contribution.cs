namespace Federated.Protocol.Aggregation;

/// <summary>One client's weighted vector.</summary>
/// <param name="Values">One value per coordinate; not written to while they are added.</param>
/// <param name="Weight">1…<see cref="ExactSum.MaximumWeight"/>, for instance the client's number of samples.</param>
/// <param name="Client">The client to name in an error, −1 when unknown.</param>
public readonly record struct Contribution(ReadOnlyMemory<float> Values, long Weight, int Client = -1);

/// <summary>A pinned vector and the factor that it is added with.</summary>
/// <param name="values">The first value.</param>
/// <param name="weight">The weight, negative to take away what was added.</param>
internal unsafe readonly struct WeightedVector(float* values, long weight)
{
    /// <summary>The first value.</summary>
    public float* Values { get; } = values;

    /// <summary>The weight; negative takes away.</summary>
    public long Weight { get; } = weight;
}
