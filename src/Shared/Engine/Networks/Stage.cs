using System.Collections.Immutable;

namespace Federated.Engine.Networks;

/// <summary>What a layer does in one step of a stage.</summary>
internal enum StepKind
{
    /// <summary>The layer's forward pass.</summary>
    Forward,

    /// <summary>A batch normalisation sums its input.</summary>
    Measure,

    /// <summary>The forward pass again, during the backward pass, for activations that were not kept.</summary>
    Recompute,

    /// <summary>A batch normalisation sums its output's gradient.</summary>
    MeasureGradient,

    /// <summary><see cref="MeasureGradient"/> and <see cref="Recompute"/> in one sweep, which reads the input once.</summary>
    MeasureGradientAndRecompute,

    /// <summary>The layer's backward pass.</summary>
    Backward,

    /// <summary>The part of a convolution's backward pass that does not read its input: the input's gradient.</summary>
    InputGradient,

    /// <summary>The other part: the weights' gradient.</summary>
    WeightGradient,
}

/// <summary>One step of a stage: what operation <paramref name="Operation"/> of the plan does.</summary>
internal readonly record struct ScheduledStep(StepKind Kind, int Operation);

/// <summary>
/// Layers that a group of blocks passes one after the other while its activations are in the cache. Between two stages all groups wait for each other,
/// because a batch normalisation needs the statistics of the whole batch.
/// </summary>
/// <param name="BlocksPerGroup">Blocks of sixteen images that are done together: more than one where maps are so small that one block does not fill a kernel's tile.</param>
/// <param name="Forward">Steps of the forward pass.</param>
/// <param name="Backward">Steps of the backward pass.</param>
internal sealed record Stage(int BlocksPerGroup, ImmutableArray<ScheduledStep> Forward, ImmutableArray<ScheduledStep> Backward)
{
    /// <summary>Blocks in a group of a batch of <paramref name="blocks"/> blocks.</summary>
    public int GroupOf(int blocks) => Math.Min(BlocksPerGroup, blocks);

    /// <summary>Groups of a batch of <paramref name="blocks"/> blocks.</summary>
    public int GroupsOf(int blocks) => (blocks + BlocksPerGroup - 1) / BlocksPerGroup;
}
