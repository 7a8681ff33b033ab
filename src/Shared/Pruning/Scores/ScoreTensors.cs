using Federated.Engine.Parameters;

namespace Federated.Pruning.Scores;

/// <summary>What all scores check alike.</summary>
internal static class ScoreTensors
{
    /// <summary>Refuses lengths that do not fit and a missing gradient.</summary>
    public static void Require(IScore score, ScoreInput input, ReadOnlySpan<float> scores)
    {
        if (scores.Length != input.Layout.Count)
            throw new ArgumentException($"The layout has {input.Layout.Count} values, room is given for {scores.Length} scores.", nameof(scores));
        if (score.Needs == ScoreNeeds.Gradients && input.Gradients.IsEmpty)
            throw new ArgumentException($"The score '{score.Name}' needs gradients and none are given: run a gradient pass before pruning.", nameof(input));
    }

    /// <summary>Writes |values| for tensors that can be pruned and zero for the others.</summary>
    public static void Magnitudes(ParameterLayout layout, ReadOnlySpan<float> values, Span<float> scores)
    {
        foreach (ParameterTensor tensor in layout.Tensors)
        {
            Span<float> to = scores.Slice(tensor.Offset, tensor.Count);
            if (!tensor.IsPrunable)
            {
                to.Clear();
                continue;
            }

            ReadOnlySpan<float> from = values.Slice(tensor.Offset, tensor.Count);
            for (int i = 0; i < to.Length; i++)
                to[i] = Math.Abs(from[i]);
        }
    }
}
