using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;

namespace Federated.Protocol.Payloads;

/// <summary>Writes a payload into a buffer of exactly its length.</summary>
internal ref struct PartWriter(Span<byte> bytes)
{
    public const int DigestBytes = 32;

    private readonly Span<byte> bytes = bytes;

    /// <summary>Bytes written so far.</summary>
    public int Position { get; private set; }

    /// <summary>Bytes of <see cref="WriteNumber"/>: one for every started group of 7 bits.</summary>
    public static int NumberBytes(int value) => GroupBytes((uint)value);

    /// <summary>Bytes of <see cref="WriteGroups"/>.</summary>
    public static int GroupBytes(ulong value) => (BitOperations.Log2(value | 1) / 7) + 1;

    public void WriteByte(byte value) => bytes[Position++] = value;

    public void WriteNumber(int value) => WriteGroups((uint)value);

    public void WriteGroups(ulong value)
    {
        for (; value >= 0x80; value >>= 7)
            WriteByte((byte)(value | 0x80));
        WriteByte((byte)value);
    }

    public void WriteBytes(scoped ReadOnlySpan<byte> source)
    {
        source.CopyTo(bytes[Position..]);
        Position += source.Length;
    }

    public void WriteSingles(ReadOnlySpan<float> values)
    {
        Span<byte> target = bytes.Slice(Position, values.Length * sizeof(float));
        MemoryMarshal.AsBytes(values).CopyTo(target);
        if (!BitConverter.IsLittleEndian)
        {
            Span<int> bits = MemoryMarshal.Cast<byte, int>(target);
            BinaryPrimitives.ReverseEndianness(bits, bits);
        }

        Position += target.Length;
    }

    public void WriteDigest(string digest)
    {
        Convert.FromHexString(digest, bytes.Slice(Position, DigestBytes), out _, out _);
        Position += DigestBytes;
    }
}
