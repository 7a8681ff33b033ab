namespace Federated.Bench.Comparing;

/// <summary>A comparison could not be made; the message says why and what to do.</summary>
internal sealed class ComparisonException(string message, bool isMissing = false) : Exception(message)
{
    /// <summary>Something that a comparison needs is not on this machine, so that none can be made.</summary>
    public bool IsMissing { get; } = isMissing;
}
