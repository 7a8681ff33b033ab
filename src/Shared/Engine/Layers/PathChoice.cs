namespace Federated.Engine.Layers;

/// <summary>Which kernels run a layer: those on the kept weights only, or the dense ones. Depends on the layer's shape and density only, so that every machine computes the same sums.</summary>
internal static class PathChoice
{
    private const double BreakEven = 0.6;

    /// <summary>Whether the dense kernels are faster for a layer with <paramref name="kept"/> of its weights.</summary>
    /// <param name="kept">Kept weights.</param>
    /// <param name="rows">Output channels of one group.</param>
    /// <param name="fanIn">Weights of one output channel.</param>
    /// <param name="groups">Groups.</param>
    public static bool IsDense(int kept, int rows, int fanIn, int groups) => rows > 1 && kept >= BreakEven * ((long)groups * rows * fanIn);
}
