using Federated.Engine.Kernels;
using Federated.Engine.Tensors;

namespace Federated.Engine.Layers;

/// <summary>
/// Memory of each thread for the scores of a panel of queries against all keys, sixteen images each, and for as many gradients of them: an attention layer computes
/// panel by panel and keeps no scores. All attention layers of a network share it; freed on disposal, which may be repeated.
/// </summary>
internal sealed unsafe class AttentionScratch : IDisposable
{
    // The scores of a panel, or as many gradients of them, stay in the L2 cache (1 MB) beside the keys or values that pass. Each panel reads all keys and values once more,
    // and in the backward pass reads and writes their gradients: with a third of it products of 197 tokens of 64 features take 1.1 times as long, with twice as much no less.
    private const int PanelBytes = 512 * 1024;

    // Queries pass by threes.
    private const int Multiple = 12;

    private readonly NativeBuffer<float> memory;
    private readonly long threadFloats;

    /// <summary>Memory for sequences of <paramref name="tokens"/> tokens and <paramref name="threads"/> threads.</summary>
    public AttentionScratch(int tokens, int threads)
        : this(tokens, threads, PanelOf(tokens), PanelOf(tokens))
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

    private static int PanelOf(int tokens)
    {
        int fitting = PanelBytes / (tokens * Geometry.Lanes * sizeof(float)) / Multiple * Multiple;
        return Math.Min(tokens, Math.Max(Multiple, fitting));
    }
}
