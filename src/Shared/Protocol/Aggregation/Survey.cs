namespace Federated.Protocol.Aggregation;

/// <summary>What kinds of floats a stretch of values has.</summary>
internal enum Survey
{
    /// <summary>All are zero or have magnitudes that the grid holds.</summary>
    Held,

    /// <summary>All are finite, some are not held.</summary>
    Mixed,

    /// <summary>One is NaN or infinite.</summary>
    NotFinite,
}
