using Federated.Engine.Parameters;
using Federated.Pruning.Selection;

namespace Federated.Pruning.Regrowth;

/// <summary>
/// The pruned weights with the largest |gradient| (RigL, arXiv 1911.11134). The gradient may be a sum over clients of which each sent only its largest entries
/// (FedTiny, arXiv 2212.01977): a position that no client sent counts as zero and is not offered. Of equal magnitudes the lower position grows.
/// </summary>
public sealed class GradientRegrowth : IRegrowth
{
    /// <inheritdoc/>
    public string Name => "gradient";

    /// <inheritdoc/>
    public int[] Choose(BitSet? kept, ReadOnlySpan<int> candidates, ReadOnlySpan<float> gradients, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        if (candidates.Length != gradients.Length)
            throw new ArgumentException($"{candidates.Length} candidates come with {gradients.Length} gradients.", nameof(gradients));
        int previous = -1;
        foreach (int candidate in candidates)
        {
            if (candidate <= previous)
                throw new ArgumentException($"Candidate {candidate} follows {previous}: positions ascend, each once.", nameof(candidates));
            if (kept is null || candidate >= kept.Length || kept[candidate])
                throw new ArgumentException($"Candidate {candidate} is not a pruned position of the tensor.", nameof(candidates));
            previous = candidate;
        }

        int[] chosen = TopSelection.ByMagnitude(gradients, Math.Min(count, candidates.Length)).ToPositions();
        for (int i = 0; i < chosen.Length; i++)
            chosen[i] = candidates[chosen[i]];
        return chosen;
    }
}
