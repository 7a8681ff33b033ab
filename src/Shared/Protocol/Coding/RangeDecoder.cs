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

    /// <summary>Checks that the input ends as the encoder would have ended it; then no other input decodes to the same symbols.</summary>
    /// <exception cref="PayloadException">Bytes are left over, or the end is another.</exception>
    public readonly void RequireEnd()
    {
        // The decoder knows how far its 64-bit window lies above the encoder's low, and so the encoder's whole state, which has shifted out next − 8 bytes.
        int shifted = next - 8;
        ulong window = 0;
        for (int i = shifted; i < next; i++)
            window = (window << 8) | (i < bytes.Length ? bytes[i] : 0u);
        int end = shifted + RangeEncoder.Tail(window - code, range, out ulong delta);
        if (bytes.Length > end)
            throw new PayloadException(PayloadError.TrailingBytes, offset + end, $"{bytes.Length - end} bytes follow the end of the coded stream.");
        if (bytes.Length < end || code != delta)
            throw Corrupt("it does not end as an encoder ends it");
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
