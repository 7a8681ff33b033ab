namespace Federated.Protocol.Payloads;

/// <summary>What is wrong with the bytes of a payload.</summary>
public enum PayloadError
{
    /// <summary>The bytes end in the middle of something.</summary>
    Truncated,

    /// <summary>Bytes follow where something should have ended.</summary>
    TrailingBytes,

    /// <summary>The bytes do not start as a payload does.</summary>
    NotAPayload,

    /// <summary>The payload has a version that this program does not know.</summary>
    UnsupportedVersion,

    /// <summary>A part's kind is unknown.</summary>
    UnknownKind,

    /// <summary>A part's codec is unknown, or not one of its kind.</summary>
    UnknownCodec,

    /// <summary>A number is outside its range, or not written in its shortest form.</summary>
    OutOfRange,

    /// <summary>A number of values does not fit the layout or the mask.</summary>
    LengthMismatch,

    /// <summary>A mask is referred to that the receiver does not hold.</summary>
    UnknownMask,

    /// <summary>A coded set of positions is damaged.</summary>
    CorruptStream,

    /// <summary>A sum is larger than contributions of its weight can make it.</summary>
    Unreachable,

    /// <summary>A part is of a kind that does not belong here.</summary>
    Unexpected,
}

/// <summary>Bytes that are not a payload of this context. Decoding gives no memory to a length before it is checked against the bytes that are there and against the layout.</summary>
/// <param name="error">The kind of error.</param>
/// <param name="offset">Where in the payload it was noticed, in bytes from its beginning.</param>
/// <param name="message">What was expected and what was found.</param>
public sealed class PayloadException(PayloadError error, int offset, string message) : Exception($"Byte {offset}: {message}")
{
    /// <summary>The kind of error.</summary>
    public PayloadError Error { get; } = error;

    /// <summary>Where in the payload it was noticed, in bytes from its beginning.</summary>
    public int Offset { get; } = offset;
}
