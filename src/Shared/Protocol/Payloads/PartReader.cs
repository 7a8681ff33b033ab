using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Federated.Protocol.Payloads;

/// <summary>Reads one stretch of a payload from its beginning to its end; every read is checked before anything is given to it.</summary>
/// <param name="bytes">The stretch.</param>
/// <param name="origin">Where it starts in the payload.</param>
internal ref struct PartReader(ReadOnlySpan<byte> bytes, int origin)
{
    private readonly ReadOnlySpan<byte> bytes = bytes;
    private int position;

    /// <summary>Where the next read starts in the payload.</summary>
    public readonly int Offset => origin + position;

    /// <summary>Bytes that are left.</summary>
    public readonly int Remaining => bytes.Length - position;

    public byte ReadByte() => Take(1)[0];

    /// <summary>The next <paramref name="count"/> bytes.</summary>
    public ReadOnlySpan<byte> Take(int count)
    {
        if (count > Remaining)
            throw new PayloadException(PayloadError.Truncated, Offset, $"{count} bytes are expected, {Remaining} are left.");
        ReadOnlySpan<byte> taken = bytes.Slice(position, count);
        position += count;
        return taken;
    }

    /// <summary>A number of variable length in 0…<paramref name="maximum"/>; no number is good enough for a negative maximum.</summary>
    public int ReadNumber(int maximum, string what)
    {
        int start = Offset;
        ulong value = ReadGroups();
        if (maximum < 0 || value > (uint)maximum)
            throw new PayloadException(PayloadError.OutOfRange, start, $"The {what} is {value}; {maximum} is the most.");
        return (int)value;
    }

    /// <summary>A number of variable length in 1…<paramref name="maximum"/>.</summary>
    public int ReadCount(int maximum, string what)
    {
        int start = Offset;
        int count = ReadNumber(maximum, what);
        return count > 0 ? count : throw new PayloadException(PayloadError.OutOfRange, start, $"The {what} is 0; 1 is the least.");
    }

    /// <summary>A 64-bit number of variable length, at most 10 bytes.</summary>
    public ulong ReadGroups()
    {
        int start = Offset;
        ulong value = 0;
        for (int shift = 0; ; shift += 7)
        {
            byte group = ReadByte();
            // The tenth byte holds bit 63 only; a last group of zero would be a longer form of the same number.
            if ((shift == 63 && group > 1) || (shift > 0 && group == 0))
                throw new PayloadException(PayloadError.OutOfRange, start, "A number of variable length is too long.");
            value |= (ulong)(group & 0x7F) << shift;
            if (group < 0x80)
                return value;
        }
    }

    /// <summary>The next <paramref name="count"/> float32 values.</summary>
    public float[] ReadSingles(int count)
    {
        if (count > Remaining / sizeof(float))
            throw new PayloadException(PayloadError.Truncated, Offset, $"{count} values are expected, there is room for {Remaining / sizeof(float)}.");
        float[] values = GC.AllocateUninitializedArray<float>(count);
        ReadSingles(values);
        return values;
    }

    /// <summary>A whole part that is a float32 vector of known length.</summary>
    /// <param name="count">Its length.</param>
    /// <param name="what">What it holds, for messages.</param>
    /// <param name="vectors">Lends the array; null allocates one.</param>
    public float[] ReadVector(int count, string what, VectorPool? vectors)
    {
        if (Remaining != (long)count * sizeof(float))
            throw new PayloadException(PayloadError.LengthMismatch, Offset, $"The {what} take {(long)count * sizeof(float)} bytes ({count} values), here are {Remaining}.");
        float[] values = vectors?.Take(count) ?? GC.AllocateUninitializedArray<float>(count);
        ReadSingles(values);
        return values;
    }

    /// <summary>A SHA-256 digest, in lower-case hexadecimal.</summary>
    public string ReadDigest() => Convert.ToHexStringLower(Take(PartWriter.DigestBytes));

    /// <summary>Checks that nothing is left.</summary>
    public readonly void RequireEnd(string what)
    {
        if (Remaining > 0)
            throw new PayloadException(PayloadError.TrailingBytes, Offset, $"{Remaining} bytes follow the end of the {what}.");
    }

    /// <summary>Checks that nothing is left of a part; composes its name only for the message.</summary>
    public readonly void RequireEnd(PartKind kind)
    {
        if (Remaining > 0)
            RequireEnd($"{kind} part");
    }

    private void ReadSingles(Span<float> values)
    {
        Take(values.Length * sizeof(float)).CopyTo(MemoryMarshal.AsBytes(values));
        if (!BitConverter.IsLittleEndian)
        {
            Span<int> bits = MemoryMarshal.Cast<float, int>(values);
            BinaryPrimitives.ReverseEndianness(bits, bits);
        }
    }
}
