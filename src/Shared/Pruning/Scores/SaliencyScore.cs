using Federated.Engine.Parameters;

namespace Federated.Pruning.Scores;

/// <summary>|θ·ḡ|, the connection sensitivity |∂L/∂m| at m = 1 (SNIP, arXiv 1810.02340). SNIP divides by the sum of all scores, which leaves the order as it is.</summary>
public sealed class SaliencyScore : IScore
{
    /// <inheritdoc/>
    public string Name => "saliency";

    /// <inheritdoc/>
    public ScoreNeeds Needs => ScoreNeeds.Gradients;

    /// <inheritdoc/>
    public void Compute(ScoreInput input, Span<float> scores)
    {
        ScoreTensors.Require(this, input, scores);
        foreach (ParameterTensor tensor in input.Layout.Tensors)
        {
            Span<float> to = scores.Slice(tensor.Offset, tensor.Count);
            ReadOnlySpan<float> parameters = input.Parameters.Slice(tensor.Offset, tensor.Count);
            ReadOnlySpan<float> gradients = input.Gradients.Slice(tensor.Offset, tensor.Count);
            for (int i = 0; i < to.Length; i++)
                to[i] = tensor.IsPrunable ? Math.Abs(parameters[i] * gradients[i]) : 0;
        }
    }
}
