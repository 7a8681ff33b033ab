using Federated.Engine.Parameters;
using Federated.Engine.Randomness;

namespace Federated.Pruning.Scores;

/// <summary>
/// Uniform numbers in [0, 1), the control arm of every pruning experiment (Liu et al. 2022, arXiv 2202.02643). Keyed by (seed, round, tensor), so that a tensor's
/// scores do not depend on the rest of the model. 24 random bits: in a tensor of millions some scores tie, and the lower index wins.
/// </summary>
/// <param name="seed">The experiment's seed.</param>
/// <param name="round">Round, for a fresh draw each time; 0 otherwise.</param>
public sealed class RandomScore(ulong seed, int round = 0) : IScore
{
    /// <inheritdoc/>
    public string Name => "random";

    /// <inheritdoc/>
    public ScoreNeeds Needs => ScoreNeeds.Nothing;

    /// <inheritdoc/>
    public void Compute(ScoreInput input, Span<float> scores)
    {
        ScoreTensors.Require(this, input, scores);
        for (int t = 0; t < input.Layout.Tensors.Length; t++)
        {
            ParameterTensor tensor = input.Layout.Tensors[t];
            Span<float> to = scores.Slice(tensor.Offset, tensor.Count);
            if (!tensor.IsPrunable)
            {
                to.Clear();
                continue;
            }

            var random = new KeyedRandom(new RandomKey(seed, RandomPurpose.PruningScore, round, t));
            for (int i = 0; i < to.Length; i++)
                to[i] = random.NextSingle();
        }
    }
}
