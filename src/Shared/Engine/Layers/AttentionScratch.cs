using Federated.Engine.Kernels;
using Federated.Engine.Tensors;

namespace Federated.Engine.Layers;

/// <summary>
/// Memory of each thread for the scores of a panel of queries against all keys, sixteen images each, and for as many gradients of them: an attention layer computes
/// panel by panel and keeps no scores. All attention layers of a network share it; freed on disposal, which may be repeated.
/// </summary>
internal sealed unsafe class AttentionScratch : IDisposable
{
    // The scores of a panel stay in the L2 cache (1 MB, or 512 KB on older cores) beside the keys or values that pass. A panel of the backward pass has as many gradients
    // of scores besides, but each panel reads and writes the gradients of all keys and values once more.
    private const int ForwardBytes = 256 * 1024;
    private const int BackwardBytes = 512 * 1024;
    private const int Multiple = 16;

    private readonly NativeBuffer<float> memory;
    private readonly long threadFloats;

    /// <summary>Memory for sequences of <paramref name="tokens"/> tokens and <paramref name="threads"/> threads.</summary>
    public AttentionScratch(int tokens, int threads)
        : this(tokens, threads, PanelOf(tokens, ForwardBytes), PanelOf(tokens, BackwardBytes))
    {
    }

    /// <summary>Memory for panels of given sizes, which change no result.</summary>
    public AttentionScratch(int tokens, int threads, int forwardQueries, int backwardQueries)
    {
        ForwardQueries = forwardQueries;
        BackwardQueries = backwardQueries;
        Tokens = tokens;
        threadFloats = Math.Max(forwardQueries, 2L * backwardQueries) * tokens * Geometry.Lanes;
        memory = new NativeBuffer<float>(checked(threadFloats * threads));
    }

    /// <summary>Tokens of the longest sequence.</summary>
    public int Tokens { get; }

    /// <summary>Queries of a panel in the forward pass.</summary>
    public int ForwardQueries { get; }

    /// <summary>Queries of a panel in the backward pass.</summary>
    public int BackwardQueries { get; }

    /// <summary>Where the scores of a panel go.</summary>
    public float* Scores(int thread) => memory.Pointer + (thread * threadFloats);

    /// <summary>Where their gradients go, in the backward pass.</summary>
    public float* ScoreGradients(int thread) => Scores(thread) + ((long)BackwardQueries * Tokens * Geometry.Lanes);

    /// <inheritdoc/>
    public void Dispose() => memory.Dispose();

    private static int PanelOf(int tokens, int bytes)
    {
        int fitting = bytes / (tokens * Geometry.Lanes * sizeof(float)) / Multiple * Multiple;
        return Math.Min(tokens, Math.Max(Multiple, fitting));
    }
}
