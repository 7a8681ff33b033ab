using System.Security.Cryptography;

namespace Federated.Protocol.Payloads;

/// <summary>How many bytes of a payload belong to one part, its header included.</summary>
/// <param name="Kind">The part's kind, <see cref="PartKind.Envelope"/> for the payload's own header.</param>
/// <param name="Bytes">Number of bytes.</param>
public readonly record struct PartSize(PartKind Kind, long Bytes);

/// <summary>A payload as it crosses, and what its bytes are for.</summary>
/// <param name="Bytes">All bytes.</param>
/// <param name="Parts">The envelope, then the parts in their order; the sizes sum to the length of <paramref name="Bytes"/> exactly.</param>
public sealed record EncodedPayload(byte[] Bytes, IReadOnlyList<PartSize> Parts)
{
    /// <summary>Number of bytes that cross.</summary>
    public int Length => Bytes.Length;

    /// <summary>SHA-256 of the bytes of one of <see cref="Parts"/>, in lower-case hexadecimal: what a <see cref="ReferencePart"/> names when the receiver holds the part.</summary>
    public string DigestOf(int part)
    {
        int start = 0;
        for (int i = 0; i < part; i++)
            start += (int)Parts[i].Bytes;
        return Convert.ToHexStringLower(SHA256.HashData(Bytes.AsSpan(start, (int)Parts[part].Bytes)));
    }

    /// <summary>Reads the headers of a payload that was received, so that its receiver can book it without decoding it.</summary>
    /// <exception cref="PayloadException">The bytes are not a sequence of parts.</exception>
    public static EncodedPayload FromBytes(byte[] bytes) => new(bytes, SizesOf(bytes));

    /// <summary>The envelope of an encoded payload and its parts in their order, from their headers alone.</summary>
    /// <exception cref="PayloadException">The bytes are not a sequence of parts.</exception>
    public static IReadOnlyList<PartSize> SizesOf(ReadOnlySpan<byte> bytes)
    {
        var reader = new PartReader(bytes, 0);
        int count = PayloadFormat.ReadEnvelope(ref reader);
        var sizes = new List<PartSize>(count + 1) { new(PartKind.Envelope, reader.Offset) };
        for (int i = 0; i < count; i++)
        {
            int start = reader.Offset;
            PartHeader header = PayloadFormat.ReadPartHeader(ref reader);
            reader.Take(header.Length);
            sizes.Add(new PartSize(header.Kind, reader.Offset - start));
        }

        reader.RequireEnd("payload");
        return sizes;
    }
}
