using Federated.Engine.Parameters;

namespace Federated.Protocol.Payloads;

/// <summary>What both ends of a payload know before it arrives: it decides every length in it.</summary>
/// <param name="Layout">The model's tensors.</param>
/// <param name="NormStatisticsCount">Length of the vector of BN running statistics.</param>
/// <param name="Mask">The mask in force before the payload's first part, or null; a mask in the payload takes its place for the parts behind it.</param>
/// <param name="KnownMasks">Finds a mask that this end holds by <see cref="Mask.Digest"/>; null when there is none. Null here knows only <paramref name="Mask"/>.</param>
/// <param name="Vectors">Lends the arrays of values and statistics, for who is done with one payload before decoding the next; null gives every payload arrays of its own.</param>
/// <param name="Activations">The most that a batch may hold at a cut; null where no activations, labels or numbers of samples are expected.</param>
/// <param name="Positions">Where the batch that went the other way had values, when it was sparse: a gradient comes back at these positions.</param>
public sealed record PayloadContext(
    ParameterLayout Layout,
    int NormStatisticsCount,
    Mask? Mask = null,
    Func<string, Mask?>? KnownMasks = null,
    VectorPool? Vectors = null,
    ActivationLimits? Activations = null,
    ActivationPositions? Positions = null)
{
    /// <summary>The mask of this digest, or null.</summary>
    internal Mask? FindMask(string digest) =>
        Mask is not null && string.Equals(Mask.Digest, digest, StringComparison.Ordinal) ? Mask : KnownMasks?.Invoke(digest);

    /// <summary>The limits of activations.</summary>
    /// <exception cref="PayloadException">None are expected.</exception>
    internal ActivationLimits RequireActivations(PartKind kind, int offset) =>
        Activations ?? throw new PayloadException(PayloadError.Unexpected, offset, $"A {kind} part arrives in a payload that has no place for a batch of activations.");
}
