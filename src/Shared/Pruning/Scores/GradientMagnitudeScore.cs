namespace Federated.Pruning.Scores;

/// <summary>|ḡ|, the magnitude of the mean gradient ("GN" in arXiv 2502.11450; the growth signal of RigL, arXiv 1911.11134).</summary>
public sealed class GradientMagnitudeScore : IScore
{
    /// <inheritdoc/>
    public string Name => "gradient-magnitude";

    /// <inheritdoc/>
    public ScoreNeeds Needs => ScoreNeeds.Gradients;

    /// <inheritdoc/>
    public void Compute(ScoreInput input, Span<float> scores)
    {
        ScoreTensors.Require(this, input, scores);
        ScoreTensors.Magnitudes(input.Layout, input.Gradients, scores);
    }
}
