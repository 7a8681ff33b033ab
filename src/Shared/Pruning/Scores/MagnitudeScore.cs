namespace Federated.Pruning.Scores;

/// <summary>|θ| (Han et al. 2015, arXiv 1506.02626): the weights of smallest magnitude go first.</summary>
public sealed class MagnitudeScore : IScore
{
    /// <inheritdoc/>
    public string Name => "magnitude";

    /// <inheritdoc/>
    public ScoreNeeds Needs => ScoreNeeds.Nothing;

    /// <inheritdoc/>
    public void Compute(ScoreInput input, Span<float> scores)
    {
        ScoreTensors.Require(this, input, scores);
        ScoreTensors.Magnitudes(input.Layout, input.Parameters, scores);
    }
}
