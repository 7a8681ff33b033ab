namespace Federated.Pruning.Scores;

/// <summary>What a score is computed from; in federation this is what clients must send for the score to equal the centralised one.</summary>
public enum ScoreNeeds
{
    /// <summary>The layout and the parameters; the server alone can score.</summary>
    Nothing,

    /// <summary>The mean gradient over samples: clients send sums of gradients, since the magnitude of a mean is not the mean of magnitudes.</summary>
    Gradients,
}
