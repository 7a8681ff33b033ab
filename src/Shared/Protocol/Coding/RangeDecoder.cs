using System.Buffers.Binary;
using Federated.Protocol.Payloads;

namespace Federated.Protocol.Coding;

/// <summary>The inverse of <see cref="RangeEncoder"/>; any input ends in symbols or in a <see cref="PayloadException"/>, and zeros are assumed beyond its end only as far as an encoder may cut them.</summary>
internal ref struct RangeDecoder
{
    private readonly ReadOnlySpan<byte> bytes;
    private readonly int offset;
    private int next;
    private ulong code;
    private ulong range;

    /// <summary>A decoder of all of <paramref name="bytes"/>, which start at <paramref name="offset"/> of the payload.</summary>
    public RangeDecoder(ReadOnlySpan<byte> bytes, int offset)
    {
        this.bytes = bytes;
        this.offset = offset;
        range = ulong.MaxValue;
        code = ((ulong)Next32() << 32) | Next32();
        if (code == ulong.MaxValue)
            throw Corrupt("the coded stream starts outside its interval");
    }

    /// <summary>Decodes one binary symbol, see <see cref="RangeEncoder.Encode"/>.</summary>
    public bool Decode(ulong zeroProbability)
    {
        ulong bound = Math.BigMul(range, zeroProbability, out _);
        bool one = code >= bound;
        if (one)
        {
            code -= bound;
            range -= bound;
        }
        else
        {
            range = bound;
        }

        if (range <= uint.MaxValue)
            Shift();
        return one;
    }

    /// <summary>Decodes 16 equally likely bits.</summary>
    /// <exception cref="PayloadException">No encoder writes this.</exception>
    public uint DecodeUniform16()
    {
        range >>= 16;
        ulong value = code / range;
        if (value > ushort.MaxValue)
            throw Corrupt("16 raw bits lie outside their interval");
        code -= value * range;
        if (range <= uint.MaxValue)
            Shift();
        return (uint)value;
    }

    /// <summary>Checks that the input ends where the encoder would have ended it.</summary>
    /// <exception cref="PayloadException">Bytes are left over.</exception>
    public readonly void RequireEnd()
    {
        // The encoder shifted out next − 8 bytes and ended with at most 4 more.
        if (next - 4 < bytes.Length)
            throw new PayloadException(PayloadError.TrailingBytes, offset + next - 4, $"{bytes.Length - next + 4} bytes follow the end of the coded stream.");
    }

    /// <summary>The error for a stream that no encoder writes.</summary>
    public readonly PayloadException Corrupt(string why) =>
        new(PayloadError.CorruptStream, offset + Math.Min(next, bytes.Length), $"The coded index set is damaged: {why}.");

    private void Shift()
    {
        code = (code << 32) | Next32();
        range <<= 32;
    }

    private uint Next32()
    {
        uint word = 0;
        if (bytes.Length - next >= 4)
        {
            word = BinaryPrimitives.ReadUInt32BigEndian(bytes[next..]);
        }
        else
        {
            // After reading this word the encoder has shifted out next − 4 bytes, and those are never cut.
            if (next - 4 > bytes.Length)
                throw new PayloadException(PayloadError.Truncated, offset + bytes.Length, "The coded index set ends too early.");
            for (int i = 0; i < 4; i++)
                word = (word << 8) | (next + i < bytes.Length ? bytes[next + i] : 0u);
        }

        next += 4;
        return word;
    }
}
