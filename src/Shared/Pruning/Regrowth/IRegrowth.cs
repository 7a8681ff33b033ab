using Federated.Engine.Parameters;

namespace Federated.Pruning.Regrowth;

/// <summary>Which pruned weights of a tensor come back at a mask adjustment. They start at zero.</summary>
public interface IRegrowth
{
    /// <summary>Name in experiment files and reports.</summary>
    string Name { get; }

    /// <summary>At most <paramref name="count"/> pruned positions, ascending; fewer where there are fewer candidates.</summary>
    /// <param name="kept">The tensor's kept positions, or null when it is dense.</param>
    /// <param name="candidates">Positions that were offered, ascending, each once, none of them kept.</param>
    /// <param name="gradients">The gradient at each of them.</param>
    /// <param name="count">Number of weights to grow.</param>
    /// <exception cref="ArgumentException">A candidate is kept, out of order or outside the tensor, or a gradient is NaN.</exception>
    int[] Choose(BitSet? kept, ReadOnlySpan<int> candidates, ReadOnlySpan<float> gradients, int count);
}
