using Federated.Engine.Parameters;
using Federated.Methods.Experiments;
using Federated.Methods.Federation;
using Federated.Pruning.Candidates;

namespace Federated.Methods.FedTiny;

/// <summary>The pool of candidate masks over one weight vector.</summary>
internal static class CandidateMasks
{
    /// <summary>Draws the pool: the same weights, layer densities scattered around the target, the largest weights of each layer.</summary>
    public static IReadOnlyList<Mask> Draw(GlobalModel dense, FedTinySpec options, ulong seed)
    {
        CandidateNoise noise = string.Equals(options.Selection.Noise, "erk", StringComparison.Ordinal) ? CandidateNoise.ErdosRenyi : CandidateNoise.Uniform;
        var pool = new CandidatePool(dense.Mask.Layout, options.Density, seed, noise, LayersKeptDense.Parse(options.Selection.DenseLayers));
        return [.. Enumerable.Range(0, options.Selection.Candidates).Select(c => pool.Create(dense.Values, c))];
    }
}
