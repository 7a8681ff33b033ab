using Federated.Engine.Parameters;

namespace Federated.Pruning.Granularity;

/// <summary>What is kept or pruned as one: turns a tensor's scores and its number of kept weights into positions.</summary>
public interface IGranularity
{
    /// <summary>Name in experiment files and reports.</summary>
    string Name { get; }

    /// <summary>The kept positions of one tensor; exactly <paramref name="count"/> of them.</summary>
    /// <param name="tensor">The tensor, for its shape.</param>
    /// <param name="scores">Its scores, row-major; the largest are kept.</param>
    /// <param name="count">Number of weights to keep, 0…<c>tensor.Count</c>.</param>
    /// <exception cref="ArgumentException">A score is NaN, or a length does not fit.</exception>
    BitSet Select(ParameterTensor tensor, ReadOnlySpan<float> scores, int count);
}
