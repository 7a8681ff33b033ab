using Federated.Engine.Parameters;

namespace Federated.Pruning.Regrowth;

/// <summary>What is pruned stays pruned.</summary>
public sealed class NoRegrowth : IRegrowth
{
    /// <inheritdoc/>
    public string Name => "none";

    /// <inheritdoc/>
    public int[] Choose(BitSet? kept, ReadOnlySpan<int> candidates, ReadOnlySpan<float> gradients, int count) => [];
}
