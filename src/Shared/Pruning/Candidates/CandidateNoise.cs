namespace Federated.Pruning.Candidates;

/// <summary>Around what the layer densities of a candidate are drawn.</summary>
public enum CandidateNoise
{
    /// <summary>d_l uniform in [d/2, 3d/2] around one density d; the stem (first convolution) stays dense.</summary>
    Uniform,

    /// <summary>d_l uniform in [0, 2·ERK_l] around the layer's Erdős–Rényi-kernel density, at most 1; no layer is exempt.</summary>
    ErdosRenyi,
}
