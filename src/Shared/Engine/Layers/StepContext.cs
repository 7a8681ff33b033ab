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

    /// <summary>How normalisation and dropout behave.</summary>
    public ForwardMode Mode;

    /// <summary>The compact vector of trainable values that belongs to the current mask.</summary>
    public float* Values;

    /// <summary>Gradient of the loss with respect to <see cref="Values"/>; a layer overwrites its own part.</summary>
    public float* Gradients;

    /// <summary>Running statistics of the normalisation layers.</summary>
    public float* Statistics;

    /// <summary>Key of this step's random numbers; a layer adds its own number to <c>Client</c> times 2^32 in <c>Step</c> as it documents.</summary>
    public RandomKey Key;

    /// <summary>Where the largest gradients of pruned weights are collected, or null.</summary>
    public GradientProbe? Probe;
}
