using System.Runtime.Intrinsics;
using Federated.Engine.Networks;
using Federated.Engine.Randomness;

namespace Federated.Engine.Layers;

/// <summary>What a layer needs to know about the pass under way. Passed by reference; holds pointers into the worker's arena only.</summary>
internal unsafe ref struct StepContext
{
    /// <summary>Images in the batch; lanes from here on hold no image.</summary>
    public int Count;

    /// <summary>Blocks of sixteen images, the last of which may be partly filled.</summary>
    public int Blocks;

    /// <summary>Number of the thread that works, from 0: layers keep what a thread scribbles on once per thread.</summary>
    public int Thread;

    /// <summary>Memory of this thread for values that live no longer than a group of blocks is in work.</summary>
    public float* Scratch;

    /// <summary>Scratch memory holds all blocks of the stage, not only those in work: so while a <see cref="Probe"/> needs them together.</summary>
    public bool KeepsScratch;

    /// <summary>How normalisation and dropout behave.</summary>
    public ForwardMode Mode;

    /// <summary>The compact vector of trainable values that belongs to the current mask.</summary>
    public float* Values;

    /// <summary>Gradient of the loss with respect to <see cref="Values"/>; a layer overwrites its own part.</summary>
    public float* Gradients;

    /// <summary>
    /// Where a layer writes the gradients of the blocks in work, at the same places as in <see cref="Gradients"/>: there itself for the first group of blocks, a
    /// partial vector for the others. Groups are added in ascending order, so that no sum depends on the number of threads.
    /// </summary>
    public float* GroupGradients;

    /// <summary>Groups into which the stage divides the batch.</summary>
    public int Groups;

    /// <summary>The partial vector of group 1, followed by those of the next groups, <see cref="PartialStride"/> floats apart; null with one thread, whose groups are added at once.</summary>
    public float* Partials;

    /// <summary>Floats of a partial vector.</summary>
    public long PartialStride;

    /// <summary>Running statistics of the normalisation layers.</summary>
    public float* Statistics;

    /// <summary>Key of this step's random numbers; a layer adds its own number to <c>Client</c> times 2^32 in <c>Step</c> as it documents.</summary>
    public RandomKey Key;

    /// <summary>Where the largest gradients of pruned weights are collected, or null.</summary>
    public GradientProbe? Probe;

    /// <summary>After a layer has written its <paramref name="count"/> gradients of the blocks in work: adds them to the sum where groups come one after the other.</summary>
    public readonly void AddGroup(long offset, int count)
    {
        if (GroupGradients != Gradients && Partials == null)
            Add(Gradients + offset, GroupGradients + offset, count);
    }

    /// <summary>After all blocks: adds the partial vectors of groups that were in work at the same time.</summary>
    public readonly void AddGroups(long offset, int count)
    {
        if (Partials == null)
            return;
        for (int group = 1; group < Groups; group++)
            Add(Gradients + offset, Partials + ((group - 1) * PartialStride) + offset, count);
    }

    private static void Add(float* sum, float* part, int count)
    {
        int i = 0;
        for (; i <= count - Vector512<float>.Count; i += Vector512<float>.Count)
            (Vector512.Load(sum + i) + Vector512.Load(part + i)).Store(sum + i);
        for (; i < count; i++)
            sum[i] += part[i];
    }
}
