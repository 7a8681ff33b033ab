namespace Federated.Pruning.Scores;

/// <summary>How much each weight matters. A score knows nothing of densities, layers' shares or masks.</summary>
public interface IScore
{
    /// <summary>Name in experiment files and reports.</summary>
    string Name { get; }

    /// <summary>What the score is computed from.</summary>
    ScoreNeeds Needs { get; }

    /// <summary>
    /// Writes one score per value of the layout; the largest are kept. Values of tensors that cannot be pruned get zero, and nobody reads them.
    /// </summary>
    /// <param name="input">What the score may look at.</param>
    /// <param name="scores">Receives the scores; length <c>Layout.Count</c>.</param>
    /// <exception cref="ArgumentException">A length does not fit, or something the score needs is missing.</exception>
    void Compute(ScoreInput input, Span<float> scores);
}
