using Federated.Methods.Experiments;
using Federated.Methods.Federation;
using Federated.Pruning;
using Federated.Pruning.Distributions;
using Federated.Pruning.Granularity;
using Federated.Pruning.Scores;

namespace Federated.Methods.FixedMask;

/// <summary>Pruning of a dense model by the server, once.</summary>
internal static class ServerPruning
{
    /// <summary>Keeps exactly round(density · N) weights by the options' score and distribution.</summary>
    public static GlobalModel Prune(GlobalModel dense, FixedMaskSpec options, ulong seed)
    {
        IScore score = string.Equals(options.Score, "random", StringComparison.Ordinal) ? new RandomScore(seed) : new MagnitudeScore();
        IDistribution distribution = options.Distribution switch
        {
            "erk" => new ErdosRenyiDistribution(),
            "global" => new GlobalDistribution(),
            _ => new UniformDistribution(LayersKeptDense.Parse(options.DenseLayers)),
        };
        var policy = new PruningPolicy(score, distribution, new WeightGranularity());
        return dense.WithMask(policy.Prune(new ScoreInput(dense.Mask.Layout, dense.Values), options.Density));
    }
}
