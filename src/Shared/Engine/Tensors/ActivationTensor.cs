using Federated.Engine.Layers;

namespace Federated.Engine.Tensors;

/// <summary>
/// One value of the network's graph bound to a worker's memory: its activations and the gradient of the loss with respect to them. Each of the two is
/// kept for the whole batch, or only for the blocks in work: then it lies in the scratch memory of the thread that computes them and is gone with the next group.
/// </summary>
internal sealed unsafe class ActivationTensor(Geometry geometry, Geometry gradientGeometry)
{
    /// <summary>A tensor whose activations and gradient have the same geometry.</summary>
    public ActivationTensor(Geometry geometry)
        : this(geometry, geometry)
    {
    }

    /// <summary>Shape and strides of the activations.</summary>
    public Geometry Geometry { get; } = geometry;

    /// <summary>Shape and strides of the gradient: the same pixels, but its border is what the input gradient of the producing convolution reads.</summary>
    public Geometry GradientGeometry { get; } = gradientGeometry;

    /// <summary>Activations of the current batch; 64-byte aligned; the border is zero. Null when they are in scratch memory.</summary>
    public float* Data { get; set; }

    /// <summary>Gradient with respect to the activations, zero border. Null when it is in scratch memory, or when there is none.</summary>
    public float* Gradient { get; set; }

    /// <summary>Where the activations lie in scratch memory, where <see cref="Data"/> is null.</summary>
    public ScratchPlace DataPlace { get; init; }

    /// <summary>Where the gradient lies in scratch memory; null where it is not there.</summary>
    public ScratchPlace? GradientPlace { get; init; }

    /// <summary>Whether the loss is differentiated with respect to this value; not so for the network's input.</summary>
    public bool HasGradient => Gradient is not null || GradientPlace is not null;

    /// <summary>The activations as if the whole batch were there: block b of <paramref name="blocks"/> starts at b·<c>BlockStride</c>.</summary>
    public float* DataOf(in StepContext step, BlockRange blocks) => Data is not null ? Data : Find(in step, DataPlace, Geometry, blocks);

    /// <summary>The gradient as if the whole batch were there, or null when there is none.</summary>
    public float* GradientOf(in StepContext step, BlockRange blocks) =>
        Gradient is not null ? Gradient : GradientPlace is { } place ? Find(in step, place, GradientGeometry, blocks) : null;

    /// <summary>One channel of the activations.</summary>
    public Plane DataPlane(in StepContext step, BlockRange blocks, int channel) => new(Geometry, DataOf(in step, blocks), channel);

    /// <summary>One channel of the gradient; empty where there is none.</summary>
    public Plane GradientPlane(in StepContext step, BlockRange blocks, int channel) => new(GradientGeometry, GradientOf(in step, blocks), channel);

    private static float* Find(in StepContext step, ScratchPlace place, Geometry geometry, BlockRange blocks) => step.KeepsScratch
        ? step.Scratch + place.Kept
        : step.Scratch + place.Offset - (blocks.First * geometry.BlockStride);
}

/// <summary>Place in scratch memory, in floats from its start.</summary>
/// <param name="Offset">Where the blocks in work start.</param>
/// <param name="Kept">Where block 0 starts while all blocks of a stage are kept.</param>
internal readonly record struct ScratchPlace(long Offset, long Kept);
