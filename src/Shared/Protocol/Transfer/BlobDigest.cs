using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using Google.Protobuf;

namespace Federated.Protocol.Transfer;

/// <summary>SHA-256 of a blob's bytes, as a value: 32 bytes in the order in which they are written.</summary>
public readonly record struct BlobDigest
{
    /// <summary>Length in bytes.</summary>
    public const int Length = SHA256.HashSizeInBytes;

    private readonly ulong first;
    private readonly ulong second;
    private readonly ulong third;
    private readonly ulong fourth;

    /// <summary>A digest of these 32 bytes.</summary>
    /// <exception cref="ArgumentException">There are more or fewer.</exception>
    public BlobDigest(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != Length)
            throw new ArgumentException($"a SHA-256 has {Length} bytes, not {bytes.Length}", nameof(bytes));
        first = BinaryPrimitives.ReadUInt64BigEndian(bytes);
        second = BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]);
        third = BinaryPrimitives.ReadUInt64BigEndian(bytes[16..]);
        fourth = BinaryPrimitives.ReadUInt64BigEndian(bytes[24..]);
    }

    /// <summary>The digest of <paramref name="content"/>.</summary>
    public static BlobDigest Of(ReadOnlySpan<byte> content)
    {
        Span<byte> hash = stackalloc byte[Length];
        SHA256.HashData(content, hash);
        return new BlobDigest(hash);
    }

    /// <summary>A digest out of a message; false when it has not 32 bytes.</summary>
    public static bool TryRead(ByteString bytes, [NotNullWhen(true)] out BlobDigest? digest)
    {
        ArgumentNullException.ThrowIfNull(bytes);
        digest = bytes.Length == Length ? new BlobDigest(bytes.Span) : null;
        return digest is not null;
    }

    /// <summary>A digest out of 64 hexadecimal digits.</summary>
    /// <exception cref="FormatException">It is something else.</exception>
    public static BlobDigest Parse(string text)
    {
        byte[] bytes = Convert.FromHexString(text);
        return bytes.Length == Length ? new BlobDigest(bytes) : throw new FormatException($"a SHA-256 has {2 * Length} hexadecimal digits, not {text.Length}");
    }

    /// <summary>Writes the 32 bytes.</summary>
    public void CopyTo(Span<byte> bytes)
    {
        BinaryPrimitives.WriteUInt64BigEndian(bytes, first);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[8..], second);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[16..], third);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[24..], fourth);
    }

    /// <summary>The digest as a message holds it.</summary>
    public ByteString ToByteString()
    {
        byte[] bytes = new byte[Length];
        CopyTo(bytes);
        return UnsafeByteOperations.UnsafeWrap(bytes);
    }

    /// <summary>64 hexadecimal digits, lower case.</summary>
    public override string ToString() => $"{first:x16}{second:x16}{third:x16}{fourth:x16}";
}
