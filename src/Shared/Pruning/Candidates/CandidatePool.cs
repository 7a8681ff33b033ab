using Federated.Engine.Parameters;
using Federated.Engine.Randomness;
using Federated.Pruning.Distributions;
using Federated.Pruning.Selection;

namespace Federated.Pruning.Candidates;

/// <summary>
/// FedTiny's pool of candidate masks for adaptive batch-norm selection (arXiv 2212.01977): one trained weight vector, different densities per layer, in each layer the
/// weights of largest magnitude.
/// <para>
/// Density is the kept share of all weights that can be pruned, the dense layers included: they are paid from the target, and the other layers are
/// drawn around the density that is left for them, (round(d·N) − dense)/(N − dense).
/// </para>
/// <para>
/// A draw is accepted when the layers' whole counts miss the target by less than 2 %, and is then scaled to exactly round(d·N) by largest remainder. The published
/// procedure stops at the 2 %; but then candidates differ in cost, the selection favours the bigger ones, and no budget of bytes or FLOPs can be checked exactly.
/// </para>
/// </summary>
public sealed class CandidatePool
{
    private const double Tolerance = 0.02;

    // For ResNet-18 about one draw in seven is accepted; a pool that fails this often has layers that cannot meet the target.
    private const int MaximumAttempts = 100_000;

    private readonly ParameterLayout layout;
    private readonly ulong seed;
    private readonly CandidateNoise noise;
    private readonly int[] dense = [];
    private readonly double[] centers;

    /// <summary>The pool for one model, density and seed.</summary>
    /// <param name="layout">The model's tensors.</param>
    /// <param name="density">Target density d over all weights that can be pruned, in (0, 1].</param>
    /// <param name="seed">The experiment's seed.</param>
    /// <param name="noise">Around what layer densities are drawn.</param>
    /// <param name="denseLayers">Layers that stay dense under uniform noise; under Erdős–Rényi noise none does, as in the released code.</param>
    /// <exception cref="PruningBudgetException">The target does not hold the dense layers and one weight in every other.</exception>
    public CandidatePool(ParameterLayout layout, double density, ulong seed, CandidateNoise noise = CandidateNoise.Uniform, DenseLayers denseLayers = DenseLayers.First)
    {
        this.layout = layout;
        this.seed = seed;
        this.noise = noise;
        Budget = PruningBudget.Of(layout, density);
        centers = new double[layout.Tensors.Length];
        if (noise == CandidateNoise.ErdosRenyi)
        {
            int[] expected = new ErdosRenyiDistribution().KeptCounts(layout, density, []);
            for (int t = 0; t < centers.Length; t++)
                centers[t] = (double)expected[t] / layout.Tensors[t].Count;
            return;
        }

        // A model that begins with a linear layer, or has one layer only, has no stem to spare.
        int[] candidates = LayerShares.Dense(layout, denseLayers);
        if (candidates.Length > 0 && layout.Tensors[candidates[0]].Kind == ParameterKind.ConvolutionWeight && layout.Tensors.Count(static t => t.IsPrunable) > candidates.Length)
            dense = candidates;
        int held = dense.Sum(t => layout.Tensors[t].Count);
        // Divides once with equal weights only to refuse a target that is too small before any draw.
        double[] even = [.. layout.Tensors.Select(static t => (double)t.Count)];
        _ = LayerShares.Divide(layout, Budget, even, dense);
        Array.Fill(centers, (double)(Budget - held) / Math.Max(1, layout.PrunableCount - held));
    }

    /// <summary>Kept weights of every candidate: round(d·N).</summary>
    public int Budget { get; }

    /// <summary>Kept values of each tensor of the layout in candidate <paramref name="candidate"/>; those that can be pruned add up to <see cref="Budget"/>.</summary>
    /// <exception cref="PruningBudgetException">No draw came within 2 % of the target.</exception>
    public int[] KeptCounts(int candidate)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(candidate);
        double[] weights = [.. layout.Tensors.Select(static t => (double)t.Count)];
        if (Budget == layout.PrunableCount)
            return LayerShares.Divide(layout, Budget, weights, dense);
        for (int attempt = 0; attempt < MaximumAttempts; attempt++)
        {
            var random = new KeyedRandom(new RandomKey(seed, RandomPurpose.CandidatePool, 0, candidate, attempt));
            long total = 0;
            int layers = 0;
            for (int t = 0; t < weights.Length; t++)
            {
                ParameterTensor tensor = layout.Tensors[t];
                if (!tensor.IsPrunable)
                    continue;
                if (dense.Contains(t))
                {
                    total += tensor.Count;
                    continue;
                }

                double uniform = random.NextDouble();
                double drawn = noise == CandidateNoise.Uniform ? centers[t] * (0.5 + uniform) : centers[t] * 2 * uniform;
                // A weight of zero could not be scaled; 2⁻⁵³ of a layer is none.
                weights[t] = Math.Max(Math.Min(drawn, 1), 1.0 / (1L << 53)) * tensor.Count;
                total += Math.Max((int)weights[t], 1);
                layers++;
            }

            // Rounding down loses up to one weight per layer, which for a tiny model is more than 2 % of its target.
            if (Math.Abs(total - Budget) < Math.Max(Tolerance * Budget, layers + 1))
                return LayerShares.Divide(layout, Budget, weights, dense);
        }

        throw new PruningBudgetException(
            $"Candidate {candidate}: none of {MaximumAttempts} draws came within {Tolerance:P0} of {Budget} of {layout.PrunableCount} weights; choose another density or the other kind of noise.");
    }

    /// <summary>The mask of candidate <paramref name="candidate"/>: in each layer the weights of largest magnitude.</summary>
    /// <param name="parameters">Dense parameters, length <c>layout.Count</c>.</param>
    /// <param name="candidate">Number of the candidate, from 0; the same number gives the same densities anywhere.</param>
    /// <param name="cancellation">Looked at before each tensor.</param>
    /// <exception cref="ArgumentException">The length does not fit, or a parameter is NaN.</exception>
    public Mask Create(ReadOnlySpan<float> parameters, int candidate, CancellationToken cancellation = default)
    {
        if (parameters.Length != layout.Count)
            throw new ArgumentException($"The layout has {layout.Count} values, the parameters {parameters.Length}.", nameof(parameters));
        int[] counts = KeptCounts(candidate);
        var kept = new BitSet?[counts.Length];
        for (int t = 0; t < kept.Length; t++)
        {
            cancellation.ThrowIfCancellationRequested();
            ParameterTensor tensor = layout.Tensors[t];
            if (tensor.IsPrunable && !dense.Contains(t))
                kept[t] = TopSelection.ByMagnitude(parameters.Slice(tensor.Offset, tensor.Count), counts[t]);
        }

        return new Mask(layout, kept);
    }
}
