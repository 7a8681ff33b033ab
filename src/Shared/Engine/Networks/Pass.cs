using Federated.Engine.Randomness;
using Federated.Engine.Tensors;

namespace Federated.Engine.Networks;

/// <summary>What a forward or backward pass of a network is about.</summary>
internal unsafe struct Pass
{
    /// <summary>Images in the batch.</summary>
    public int Count;

    /// <summary>How normalisation and dropout behave.</summary>
    public ForwardMode Mode;

    /// <summary>Trainable values in compact form.</summary>
    public float* Values;

    /// <summary>Their gradients.</summary>
    public float* Gradients;

    /// <summary>Length of both.</summary>
    public int ValueCount;

    /// <summary>Names the random numbers of dropout.</summary>
    public RandomKey Key;

    /// <summary>Collects the largest gradients of pruned weights, or null.</summary>
    public GradientProbe? Probe;

    /// <summary>Scratch memory for all blocks of the stage in work, while its gradients are probed; else null.</summary>
    public float* KeptScratch;

    /// <summary>Blocks of sixteen images.</summary>
    public readonly int Blocks => Geometry.BlocksFor(Count);
}
