namespace Federated.Engine.Parameters;

/// <summary>A stretch of the dense flat vector.</summary>
/// <param name="Start">First coordinate.</param>
/// <param name="Length">Number of coordinates, at least 1.</param>
public readonly record struct ParameterRange(int Start, int Length)
{
    /// <summary>The coordinate behind the last.</summary>
    public int End => Start + Length;
}
