namespace Federated.Engine.Layers;

/// <summary>
/// Which kernels run a layer: those on the kept weights only, or the dense ones. Depends on the layer's shape and density only, so that every machine computes the
/// same sums.
/// </summary>
internal static class PathChoice
{
    // Measured on one core of Zen 5 with 512-bit vectors, batch 64, forward pass and both gradients in ms, pattern kernels at 50 % and 60 % density against the dense ones
    // at any: 64 channels of 32×32 pixels 60 and 70 against 73; 256 of 8×8 52 and 63 against 60; 512 of 2×2 18 and 25 against 25; 1×1 kernels, 256 of 8×8 14 and 11
    // against 11; 512 of 4×4 7 and 8 against 9. Must stay above the density below which ChannelUse lets other layers leave channels out.
    private const double BreakEven = 0.6;

    /// <summary>Whether the dense kernels are faster for a layer with <paramref name="kept"/> of its weights.</summary>
    /// <param name="kept">Kept weights.</param>
    /// <param name="rows">Output channels of one group. The dense kernels compute four at a time; with one (depthwise) they have nothing to share.</param>
    /// <param name="fanIn">Weights of one output channel.</param>
    /// <param name="groups">Groups.</param>
    public static bool IsDense(int kept, int rows, int fanIn, int groups) => rows > 1 && kept >= BreakEven * ((long)groups * rows * fanIn);
}
