using System.Buffers.Binary;

namespace Federated.Protocol.Coding;

/// <summary>
/// A binary arithmetic encoder in the form of Martin's range coder (1979): an interval [low, low + range) of 64-bit integers is narrowed by each symbol,
/// and its settled leading 32 bits are written whenever the range falls under 2^32. A carry out of <c>low</c> runs back into the bytes already written.
/// Integers only, so the bytes are the same on every machine. The range never has fewer than 32 significant bits; the loss against the model's entropy is under 2^-31 bits per symbol.
/// </summary>
internal struct RangeEncoder
{
    private byte[] buffer;
    private int count;
    private ulong low;
    private ulong range;

    /// <summary>An encoder whose output is expected to take about <paramref name="expectedBytes"/>.</summary>
    public RangeEncoder(int expectedBytes)
    {
        buffer = new byte[Math.Max(expectedBytes, 64)];
        range = ulong.MaxValue;
    }

    /// <summary>Encodes one binary symbol; <paramref name="zeroProbability"/> is the probability of 0 in units of 2^-64 and has its lower 32 bits clear and its upper 32 not.</summary>
    public void Encode(ulong zeroProbability, bool one)
    {
        ulong bound = Math.BigMul(range, zeroProbability, out _);
        if (one)
        {
            Advance(bound);
            range -= bound;
        }
        else
        {
            range = bound;
        }

        if (range <= uint.MaxValue)
            Shift();
    }

    /// <summary>Encodes 16 bits that are all equally likely.</summary>
    public void EncodeUniform16(uint value)
    {
        range >>= 16;
        Advance(range * value);
        if (range <= uint.MaxValue)
            Shift();
    }

    /// <summary>
    /// Writes the fewest further bytes (at most 4) that name a number inside the interval when zeros follow, and returns everything written.
    /// </summary>
    public byte[] Finish()
    {
        int tail = Tail(low, range, out ulong delta);
        Advance(delta);
        byte[] result = new byte[count + tail];
        buffer.AsSpan(0, count).CopyTo(result);
        for (int i = 0; i < tail; i++)
            result[count + i] = (byte)(low >> (56 - (8 * i)));
        return result;
    }

    /// <summary>The number of bytes that end a stream in this state, and how far above <paramref name="low"/> they point.</summary>
    public static int Tail(ulong low, ulong range, out ulong delta)
    {
        for (int tail = 0; ; tail++)
        {
            ulong below = tail == 0 ? ulong.MaxValue : ulong.MaxValue >> (8 * tail);
            delta = (0 - low) & below;
            if (delta < range)
                return tail;
        }
    }

    private void Advance(ulong by)
    {
        low += by;
        if (low >= by)
            return;
        // The interval never passes the end of the number line, so some byte before can take the carry.
        int i = count - 1;
        while (++buffer[i] == 0)
            i--;
    }

    private void Shift()
    {
        if (count + 4 > buffer.Length)
            Array.Resize(ref buffer, checked(buffer.Length * 2));
        BinaryPrimitives.WriteUInt32BigEndian(buffer.AsSpan(count), (uint)(low >> 32));
        count += 4;
        low <<= 32;
        range <<= 32;
    }
}
