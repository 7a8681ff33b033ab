namespace Federated.Engine.Kernels;

/// <summary>Where a <see cref="LaneProduct"/> writes: a vector of sixteen images for each pair of a left and a right row.</summary>
/// <param name="first">The vector of left row 0 and right row 0.</param>
/// <param name="leftStride">Floats from one left row to the next.</param>
/// <param name="rightStride">Floats from one right row to the next.</param>
internal readonly unsafe ref struct LaneSums(float* first, nint leftStride, nint rightStride)
{
    /// <summary>The vector of left row 0 and right row 0.</summary>
    public float* First { get; } = first;

    /// <summary>Floats from one left row to the next.</summary>
    public nint LeftStride { get; } = leftStride;

    /// <summary>Floats from one right row to the next.</summary>
    public nint RightStride { get; } = rightStride;
}
